// SPDX-License-Identifier: Apache-2.0
// Oneself: who one is here, and a new password, for which the present one is asked.
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiError, changeOwnPassword } from "../api";
import { useMe } from "../app/session";
import { Avatar, Button, explainDeed, Field, Input, toast } from "../ui";
import { useWords } from "../words";
import { Card, SectionFrame } from "./Frame";
import { useRoleName } from "./People";

const passwordMin = 8;

export function Account() {
  const w = useWords();
  const a = w.settingsDesk.account;
  const me = useMe();
  const roleName = useRoleName();
  return (
    <SectionFrame title={w.settings.sections.account} about={a.about}>
      <Card>
        <div className="flex items-center gap-3">
          <Avatar name={me.name} />
          <div className="min-w-0">
            <p className="font-medium wrap-anywhere">{me.name}</p>
            <p className="text-sm text-ink-2 wrap-anywhere">{[me.email, roleName(me.role)].filter(Boolean).join(" · ")}</p>
          </div>
        </div>
      </Card>
      {me.kind === "user" && <Password email={me.email ?? ""} />}
    </SectionFrame>
  );
}

function Password({ email }: { email: string }) {
  const w = useWords();
  const a = w.settingsDesk.account;
  const p = w.settingsDesk.people;
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const [touched, setTouched] = useState(false);
  const save = useMutation({
    mutationFn: () => changeOwnPassword({ current, password }),
    onSuccess: () => {
      setCurrent("");
      setPassword("");
      setTouched(false);
      toast({ words: a.done });
    },
  });
  const refused = save.error instanceof ApiError ? save.error.problem.errors?.[0]?.field : undefined;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTouched(true);
    if (current && password.length >= passwordMin && !save.isPending) save.mutate();
  };
  return (
    <Card title={p.newPassword} about={a.passwordAbout}>
      <form onSubmit={submit} noValidate className="flex max-w-sm flex-col gap-3.5">
        <input type="text" autoComplete="username" value={email} readOnly hidden />
        <Field label={a.current} error={touched && !current ? a.currentNeeded : refused === "current" ? a.currentWrong : undefined}>
          {(c) => <Input {...c} type="password" autoComplete="current-password" maxLength={1000} value={current} onChange={(e) => { save.reset(); setCurrent(e.target.value); }} />}
        </Field>
        <Field label={p.newPassword} hint={a.newHint} error={touched && password.length < passwordMin ? p.passwordNeeded : undefined}>
          {(c) => <Input {...c} type="password" autoComplete="new-password" maxLength={1000} value={password} onChange={(e) => setPassword(e.target.value)} />}
        </Field>
        <p className="text-sm text-poor empty:hidden" role="alert">{save.error && refused !== "current" ? explainDeed(save.error) : ""}</p>
        <div><Button type="submit" look="main" busy={save.isPending}>{w.common.actions.save}</Button></div>
      </form>
    </Card>
  );
}
