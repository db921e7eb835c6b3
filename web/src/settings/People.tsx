// SPDX-License-Identifier: Apache-2.0
// Who may sign in: added, changed, shut out and let in again. Shutting out can be undone and is not
// asked about; a password is told in person, for nothing here sends it.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound, MoreHorizontal, Pencil, Plus, UserCheck, UserX } from "lucide-react";
import { useState } from "react";
import { addUser, changeUser, listUsers, setUserPassword, type StaffRole, type User, type UserList } from "../api";
import { keys } from "../app/query";
import { Avatar, Badge, Button, explainDeed, Failure, Field, FormDialog, IconButton, Input, Menu, MenuItem, Select, toast } from "../ui";
import { useWords } from "../words";
import { Card, SectionFrame, SectionLoading } from "./Frame";

type Open = { what: "add" } | { what: "edit" | "password"; user: User } | null;

const passwordMin = 8;
const isRole = (name: string): name is StaffRole => name === "owner" || name === "agent" || name === "reader";

export function useRoleName(): (role: string) => string {
  const { roles } = useWords().settingsDesk.people;
  return (role) => (isRole(role) ? roles[role] : role);
}

export function People() {
  const w = useWords().settingsDesk.people;
  const title = useWords().settings.sections.people;
  const [open, setOpen] = useState<Open>(null);
  const users = useQuery({ queryKey: keys.access("users"), queryFn: () => listUsers() });
  if (users.error) return <Failure error={users.error} retry={() => void users.refetch()} />;
  if (!users.data) return <SectionLoading />;
  const { roles } = users.data;
  return (
    <SectionFrame title={title} about={w.about}
                  actions={<Button look="main" onClick={() => setOpen({ what: "add" })}><Plus className="size-4" aria-hidden="true" />{w.add}</Button>}>
      <Card flush>
        <ul aria-label={w.list} className="divide-y divide-line">
          {users.data.users.map((u) => <Person key={u.id} user={u} open={setOpen} />)}
        </ul>
      </Card>
      <Card title={w.rolesTitle}>
        <dl className="flex flex-col gap-2">
          {roles.map((r) => (
            <div key={r.name} className="grid gap-x-4 wide:grid-cols-[8rem_1fr]">
              <dt className="font-medium">{w.roles[r.name]}</dt>
              <dd className="text-ink-2">{w.roleAbout[r.name]}</dd>
            </div>
          ))}
        </dl>
      </Card>
      {open?.what === "add" && <Add close={() => setOpen(null)} />}
      {open?.what === "edit" && <Edit user={open.user} close={() => setOpen(null)} />}
      {open?.what === "password" && <NewPassword user={open.user} close={() => setOpen(null)} />}
    </SectionFrame>
  );
}

/** What the server answers with is known at once, and the order is its business. */
function useKnowUser(): (user: User) => void {
  const client = useQueryClient();
  return (user) => {
    client.setQueryData<UserList>(keys.access("users"), (was) => was && { ...was, users: was.users.map((u) => (u.id === user.id ? user : u)) });
    void client.invalidateQueries({ queryKey: keys.access("users") });
    void client.invalidateQueries({ queryKey: keys.staff() });
  };
}

function Person({ user, open }: { user: User; open: (what: Open) => void }) {
  const w = useWords().settingsDesk.people;
  const know = useKnowUser();
  const roleName = useRoleName();
  const shut = useMutation({
    mutationFn: (disabled: boolean) => changeUser({ user_id: user.id, disabled }),
    onSuccess: (now, disabled) => {
      know(now);
      toast({ words: disabled ? w.disabledNow(now.name) : w.enabledNow(now.name), undo: () => shut.mutate(!disabled) });
    },
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
  });
  const out = user.disabled_at !== null;
  return (
    <li className="flex items-center gap-3 px-4 py-3 wide:px-5">
      <Avatar name={user.name} />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="font-medium wrap-anywhere">{user.name}</span>
          {user.me && <Badge tone="accent">{w.you}</Badge>}
          {out && <Badge tone="poor">{w.disabled}</Badge>}
        </p>
        <p className="text-sm text-ink-2 wrap-anywhere">{user.email}</p>
        <p className="text-sm text-ink-2 wide:hidden">{roleName(user.role)}</p>
      </div>
      <span className="w-28 shrink-0 text-ink-2 max-wide:hidden">{roleName(user.role)}</span>
      <div className="flex shrink-0 gap-1">
        <Button size="sm" className="max-wide:hidden" onClick={() => open({ what: "edit", user })} aria-label={w.editOf(user.name)}>{w.edit}</Button>
        <Menu button={<IconButton size="sm" label={w.moreOf(user.name)} icon={<MoreHorizontal className="size-4" />} />}>
          <MenuItem icon={<Pencil className="size-4" />} run={() => open({ what: "edit", user })}>{w.edit}</MenuItem>
          <MenuItem icon={<KeyRound className="size-4" />} run={() => open({ what: "password", user })}>{w.newPassword}</MenuItem>
          {!user.me && (
            <MenuItem danger={!out} icon={out ? <UserCheck className="size-4" /> : <UserX className="size-4" />} run={() => shut.mutate(!out)}>
              {out ? w.enable : w.disable}
            </MenuItem>
          )}
        </Menu>
      </div>
    </li>
  );
}

/** Sixteen of the letters and digits that are not taken for one another. */
function suggestion(): string {
  const letters = "abcdefghijkmnpqrstuvwxyz23456789";
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => letters[b % letters.length]).join("");
}

export function RoleField({ role, change }: { role: StaffRole; change: (to: StaffRole) => void }) {
  const w = useWords().settingsDesk.people;
  return (
    <Field label={w.role} hint={w.roleAbout[role]}>
      {(c) => (
        <Select {...c} value={role} onChange={(e) => { if (isRole(e.target.value)) change(e.target.value); }}>
          {(["owner", "agent", "reader"] as const).map((r) => <option key={r} value={r}>{w.roles[r]}</option>)}
        </Select>
      )}
    </Field>
  );
}

function PasswordField({ value, change, error }: { value: string; change: (to: string) => void; error: string | undefined }) {
  const w = useWords().settingsDesk.people;
  return (
    <Field label={w.password} hint={w.passwordHint} error={error}>
      {(c) => (
        <div className="flex gap-2">
          <Input {...c} value={value} onChange={(e) => change(e.target.value)} autoComplete="new-password" spellCheck={false} maxLength={1000} className="font-mono" />
          <Button onClick={() => change(suggestion())}>{w.suggest}</Button>
        </div>
      )}
    </Field>
  );
}

function Add({ close }: { close: () => void }) {
  const w = useWords().settingsDesk.people;
  const client = useQueryClient();
  const [user, setUser] = useState({ name: "", email: "", role: "agent" as StaffRole, password: "" });
  const [touched, setTouched] = useState(false);
  const wrong = {
    name: user.name.trim() ? undefined : w.nameNeeded,
    email: user.email.includes("@") ? undefined : w.emailNeeded,
    password: user.password.length >= passwordMin ? undefined : w.passwordNeeded,
  };
  const save = useMutation({
    mutationFn: () => addUser({ ...user, name: user.name.trim(), email: user.email.trim() }),
    onSuccess: (now) => {
      void client.invalidateQueries({ queryKey: keys.access("users") });
      void client.invalidateQueries({ queryKey: keys.staff() });
      toast({ words: w.added(now.name) });
      close();
    },
  });
  const submit = (): void => {
    setTouched(true);
    if (!wrong.name && !wrong.email && !wrong.password) save.mutate();
  };
  const set = (fields: Partial<typeof user>): void => setUser((was) => ({ ...was, ...fields }));
  return (
    <FormDialog title={w.addTitle} action={w.add} busy={save.isPending} error={save.error} close={close} submit={submit}>
      <Field label={w.name} hint={w.nameHint} error={touched ? wrong.name : undefined}>
        {(c) => <Input {...c} value={user.name} maxLength={255} autoComplete="off" onChange={(e) => set({ name: e.target.value })} />}
      </Field>
      <Field label={w.email} hint={w.emailHint} error={touched ? wrong.email : undefined}>
        {(c) => <Input {...c} type="email" value={user.email} maxLength={255} autoComplete="off" onChange={(e) => set({ email: e.target.value })} />}
      </Field>
      <RoleField role={user.role} change={(role) => set({ role })} />
      <PasswordField value={user.password} change={(password) => set({ password })} error={touched ? wrong.password : undefined} />
    </FormDialog>
  );
}

function Edit({ user, close }: { user: User; close: () => void }) {
  const w = useWords();
  const p = w.settingsDesk.people;
  const know = useKnowUser();
  const [name, setName] = useState(user.name);
  const [role, setRole] = useState<StaffRole>(isRole(user.role) ? user.role : "reader");
  const save = useMutation({
    mutationFn: () => changeUser({
      user_id: user.id,
      ...(name.trim() === user.name ? {} : { name: name.trim() }),
      ...(role === user.role ? {} : { role }),
    }),
    onSuccess: (now) => {
      know(now);
      toast({ words: p.changed(now.name) });
      close();
    },
  });
  return (
    <FormDialog title={p.editTitle(user.name)} about={p.editAbout} action={w.common.actions.save} busy={save.isPending} error={save.error} close={close}
                submit={() => { if (name.trim()) save.mutate(); }}>
      <Field label={p.name} hint={p.nameHint} error={name.trim() ? undefined : p.nameNeeded}>
        {(c) => <Input {...c} value={name} maxLength={255} autoComplete="off" onChange={(e) => setName(e.target.value)} />}
      </Field>
      <RoleField role={role} change={setRole} />
    </FormDialog>
  );
}

function NewPassword({ user, close }: { user: User; close: () => void }) {
  const w = useWords();
  const p = w.settingsDesk.people;
  const [password, setPassword] = useState("");
  const [touched, setTouched] = useState(false);
  const short = password.length < passwordMin;
  const save = useMutation({
    mutationFn: () => setUserPassword({ user_id: user.id, password }),
    onSuccess: () => {
      toast({ words: p.passwordSet(user.name) });
      close();
    },
  });
  return (
    <FormDialog title={p.newPasswordTitle(user.name)} about={p.newPasswordAbout} action={w.common.actions.save} busy={save.isPending} error={save.error} close={close}
                submit={() => { setTouched(true); if (!short) save.mutate(); }}>
      <PasswordField value={password} change={setPassword} error={touched && short ? p.passwordNeeded : undefined} />
    </FormDialog>
  );
}
