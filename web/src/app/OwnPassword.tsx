// SPDX-License-Identifier: Apache-2.0
// One's own password, changed by who knows the one before.
import { useId, useState, type FormEvent } from "react";
import { ApiError, changePassword } from "../api";
import { Button, Dialog, explainDeed, Field, Input, toast } from "../ui";
import { useWords } from "../words";
import { useMe } from "./session";

const least = 8;
const bytes = (text: string): number => new TextEncoder().encode(text).length;

export default function OwnPassword({ close }: { close: () => void }) {
  const w = useWords();
  const p = w.common.ownPassword;
  const { email } = useMe();
  const form = useId();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [touched, setTouched] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const said = error instanceof ApiError ? error.problem.errors ?? [] : [];
  const wrongCurrent = touched && !current ? p.currentNeeded : said.find((e) => e.field === "current")?.message;
  const wrongNext = touched && bytes(next) < least ? p.short : said.find((e) => e.field === "password")?.message;

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTouched(true);
    if (busy || !current || bytes(next) < least) return;
    setBusy(true);
    setError(null);
    try {
      await changePassword({ current, password: next });
      toast({ words: p.saved });
      close();
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  }

  return (
    <Dialog open close={close} title={p.title} about={p.about} foot={
      <>
        <Button onClick={close}>{w.common.actions.cancel}</Button>
        <Button type="submit" form={form} look="main" busy={busy}>{p.save}</Button>
      </>
    }>
      <form id={form} onSubmit={(e) => void submit(e)} noValidate className="flex flex-col gap-4">
        {/* For whoever keeps passwords. */}
        <input type="text" name="username" autoComplete="username" value={email ?? ""} readOnly hidden />
        <Field label={p.current} error={wrongCurrent}>
          {(c) => <Input {...c} type="password" autoComplete="current-password" maxLength={1000} value={current}
                         onChange={(e) => { setCurrent(e.target.value); setError(null); }} />}
        </Field>
        <Field label={p.next} hint={p.hint} error={wrongNext}>
          {(c) => <Input {...c} type="password" autoComplete="new-password" maxLength={1000} value={next}
                         onChange={(e) => { setNext(e.target.value); setError(null); }} />}
        </Field>
        <p className="text-sm text-poor empty:hidden" role="alert">{error && said.length === 0 ? explainDeed(error) : ""}</p>
      </form>
    </Dialog>
  );
}
