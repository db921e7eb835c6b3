// SPDX-License-Identifier: Apache-2.0
// Tokens of programs. A new one's text is shown once; revoking cannot be undone and is asked about.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronRight, KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { addToken, listTokens, revokeToken, type NewToken, type StaffRole, type Token } from "../api";
import { keys } from "../app/query";
import { Badge, Button, DateTime, Dialog, explainDeed, Failure, Field, FormDialog, Input, Nothing, Select, toast, useNow } from "../ui";
import { useWords } from "../words";
import { Copy } from "./Copy";
import { Card, SectionFrame, SectionLoading } from "./Frame";
import { RoleField, useRoleName } from "./People";

const untils = { never: 0, days30: 30, days90: 90, year: 365 } as const;
type Until = keyof typeof untils;
const dayMs = 24 * 3600_000;

export function Tokens() {
  const w = useWords().settingsDesk.tokens;
  const title = useWords().settings.sections.tokens;
  const now = useNow();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<NewToken | null>(null);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const tokens = useQuery({ queryKey: keys.access("tokens"), queryFn: () => listTokens() });
  if (tokens.error) return <Failure error={tokens.error} retry={() => void tokens.refetch()} />;
  if (!tokens.data) return <SectionLoading />;
  const isOver = (t: Token): boolean => t.revoked_at !== null || (t.expires_at !== null && Date.parse(t.expires_at) <= now.getTime());
  const good = tokens.data.tokens.filter((t) => !isOver(t));
  const over = tokens.data.tokens.filter(isOver);
  return (
    <SectionFrame title={title} about={w.about}
                  actions={<Button look="main" onClick={() => setAdding(true)}><Plus className="size-4" aria-hidden="true" />{w.add}</Button>}>
      <Card flush>
        {good.length === 0 ? <Nothing icon={<KeyRound />} title={w.none}><p>{w.noneAbout}</p></Nothing> : (
          <ul aria-label={w.list} className="divide-y divide-line">
            {good.map((t) => <Row key={t.id} token={t} revoke={() => setRevoking(t)} />)}
          </ul>
        )}
      </Card>
      {over.length > 0 && (
        <details className="group rounded-xl border border-line bg-panel">
          <summary className="flex min-h-9 cursor-pointer items-center gap-1 rounded-xl px-3 py-2 text-ink-2 hover:text-ink wide:px-4">
            <ChevronRight className="size-4 transition-transform group-open:rotate-90" aria-hidden="true" />{w.old(over.length)}
          </summary>
          <ul className="divide-y divide-line border-t border-line">{over.map((t) => <Row key={t.id} token={t} />)}</ul>
        </details>
      )}
      {adding && <Add close={() => setAdding(false)} made={(t) => { setAdding(false); setMade(t); }} />}
      {made && (
        <Dialog open close={() => setMade(null)} title={w.made} about={w.madeAbout} foot={<Button look="main" onClick={() => setMade(null)}>{w.done}</Button>}>
          <Copy text={made.secret} label={w.secret} />
        </Dialog>
      )}
      {revoking && <Revoke token={revoking} close={() => setRevoking(null)} />}
    </SectionFrame>
  );
}

function Row({ token, revoke }: { token: Token; revoke?: () => void }) {
  const w = useWords().settingsDesk.tokens;
  const roleName = useRoleName();
  return (
    <li className="flex items-center gap-3 px-4 py-3 wide:px-5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className="font-medium wrap-anywhere">{token.name}</span>
          {!revoke && <Badge>{token.revoked_at ? w.revoked : w.expired}</Badge>}
        </p>
        <p className="text-sm text-ink-2">
          {roleName(token.role)} · {w.created} <DateTime at={token.created_at} as="day" />
          {token.revoked_at === null && <> · {token.expires_at ? <>{w.expires} <DateTime at={token.expires_at} as="day" /></> : w.forever}</>}
        </p>
      </div>
      {revoke && <Button size="sm" look="danger" onClick={revoke} aria-label={w.revokeOf(token.name)}>{w.revoke}</Button>}
    </li>
  );
}

function Add({ close, made }: { close: () => void; made: (token: NewToken) => void }) {
  const w = useWords().settingsDesk.tokens;
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [role, setRole] = useState<StaffRole>("reader");
  const [until, setUntil] = useState<Until>("never");
  const [touched, setTouched] = useState(false);
  const save = useMutation({
    mutationFn: () => addToken({
      name: name.trim(), role,
      ...(untils[until] ? { expires_at: new Date(Date.now() + untils[until] * dayMs).toISOString() } : {}),
    }),
    onSuccess: (now) => {
      void client.invalidateQueries({ queryKey: keys.access("tokens") });
      made(now);
    },
  });
  return (
    <FormDialog title={w.add} action={w.add} busy={save.isPending} error={save.error} close={close}
                submit={() => { setTouched(true); if (name.trim()) save.mutate(); }}>
      <Field label={w.name} hint={w.nameHint} error={touched && !name.trim() ? w.nameNeeded : undefined}>
        {(c) => <Input {...c} value={name} maxLength={100} autoComplete="off" onChange={(e) => setName(e.target.value)} />}
      </Field>
      <RoleField role={role} change={setRole} />
      <Field label={w.until}>
        {(c) => (
          <Select {...c} value={until} onChange={(e) => setUntil(e.target.value as Until)}>
            {(Object.keys(untils) as Until[]).map((u) => <option key={u} value={u}>{w.untils[u]}</option>)}
          </Select>
        )}
      </Field>
    </FormDialog>
  );
}

function Revoke({ token, close }: { token: Token; close: () => void }) {
  const w = useWords();
  const t = w.settingsDesk.tokens;
  const client = useQueryClient();
  const gone = useMutation({
    mutationFn: () => revokeToken({ token_id: token.id }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.access("tokens") });
      toast({ words: t.revokedNow(token.name) });
      close();
    },
  });
  return (
    <Dialog open close={close} title={t.revokeTitle(token.name)} foot={
      <>
        <Button onClick={close}>{w.common.actions.cancel}</Button>
        <Button look="danger" busy={gone.isPending} onClick={() => gone.mutate()}>{t.revoke}</Button>
      </>
    }>
      <p>{t.revokeAbout}</p>
      <p className="mt-2 text-sm text-poor empty:hidden" role="alert">{gone.error ? explainDeed(gone.error) : ""}</p>
    </Dialog>
  );
}
