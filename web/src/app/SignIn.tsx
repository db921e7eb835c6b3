// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState, type FormEvent } from "react";
import { ApiError, signIn, type Me } from "../api";
import { Button, Field, Input } from "../ui";
import { Mark } from "../ui/Mark";
import { useWords, words } from "../words";

function explain(e: unknown): string {
  const said = words().common.signIn;
  if (!(e instanceof ApiError)) return said.unreachable;
  if (e.status === 401) return said.wrong;
  if (e.status === 429) return said.tooMany;
  return e.status >= 500 ? said.failed : e.message;
}

export function SignIn({ lapsed, signedIn }: { lapsed: boolean; signedIn: (me: Me) => void }) {
  const w = useWords().common.signIn;
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const email = useRef<HTMLInputElement>(null);
  const password = useRef<HTMLInputElement>(null);

  useEffect(() => email.current?.focus(), []);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      signedIn(await signIn({ email: email.current?.value.trim() ?? "", password: password.current?.value ?? "" }));
    } catch (e) {
      setError(explain(e));
      setBusy(false);
      password.current?.select();
    }
  }

  return (
    <main className="flex min-h-full items-center justify-center p-5">
      <form className="flex w-full max-w-92 flex-col gap-4 rounded-xl border border-line bg-panel p-8 shadow-card"
            onSubmit={(e) => void submit(e)} aria-labelledby="signin-title">
        <Mark />
        <div>
          <h1 id="signin-title" className="mt-2 text-xl font-semibold">{w.title}</h1>
          {lapsed && !error && <p className="text-ink-2" role="status">{w.lapsed}</p>}
        </div>
        <Field label={w.email}>
          {(control) => <Input {...control} ref={email} name="email" type="email" autoComplete="username" required maxLength={255} className="min-h-10 text-lg" />}
        </Field>
        <Field label={w.password}>
          {(control) => <Input {...control} ref={password} name="password" type="password" autoComplete="current-password" required maxLength={1000} className="min-h-10 text-lg" />}
        </Field>
        <p className="min-h-5 text-poor" role="alert">{error}</p>
        <Button type="submit" look="main" busy={busy} className="min-h-10">{busy ? w.going : w.go}</Button>
      </form>
    </main>
  );
}
