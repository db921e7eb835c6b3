// SPDX-License-Identifier: Apache-2.0
import { CalendarCheck, Eye, EyeOff, MessagesSquare, UserRound, type LucideIcon } from "lucide-react";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { ApiError, signIn, type Me } from "../api";
import { Button, Field, Input } from "../ui";
import { Mark } from "../ui/Mark";
import { languages, setLanguage, useLanguage, useWords, words, type Language } from "../words";

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
  const [seen, setSeen] = useState(false);
  const language = { shown: useLanguage(), name: useWords().common.frame.language };
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
    <main className="grid min-h-full overflow-y-auto wide:grid-cols-[1fr_1.1fr] full:grid-cols-2">
      <section aria-label={w.about} className="hidden flex-col justify-between gap-10 bg-accent-soft p-10 text-accent-text wide:flex full:p-14">
        <Mark />
        <div className="max-w-104">
          <p className="text-2xl leading-9 font-semibold text-balance">{w.promise}</p>
          <ul className="mt-7 flex flex-col gap-4">
            <Point icon={MessagesSquare}>{w.answers}</Point>
            <Point icon={CalendarCheck}>{w.books}</Point>
            <Point icon={UserRound}>{w.hands}</Point>
          </ul>
        </div>
        <p className="text-sm">{w.yours}</p>
      </section>
      <div className="flex flex-col items-center justify-center gap-6 p-5 wide:bg-panel wide:p-10">
        <form className="flex w-full max-w-92 flex-col gap-4 max-wide:rounded-xl max-wide:border max-wide:border-line max-wide:bg-panel max-wide:p-7 max-wide:shadow-card"
              onSubmit={(e) => void submit(e)} aria-labelledby="signin-title">
          <div className="wide:hidden"><Mark /></div>
          <div className="mb-1">
            <h1 id="signin-title" className="text-2xl font-semibold">{w.title}</h1>
            {lapsed && !error && <p className="mt-1 text-ink-2" role="status">{w.lapsed}</p>}
          </div>
          <Field label={w.email}>
            {(control) => <Input {...control} ref={email} name="email" type="email" autoComplete="username" required maxLength={255} className="min-h-11 text-lg" />}
          </Field>
          <Field label={w.password}>
            {(control) => (
              <div className="relative">
                <Input {...control} ref={password} name="password" type={seen ? "text" : "password"} autoComplete="current-password" required
                       maxLength={1000} spellCheck={false} className="min-h-11 pr-11 text-lg" />
                <button type="button" aria-pressed={seen} aria-label={w.show} onClick={() => setSeen(!seen)}
                        className="absolute inset-y-0 right-0 flex w-11 items-center justify-center rounded-md text-ink-2 hover:text-ink">
                  {seen ? <EyeOff className="size-4.5" aria-hidden="true" /> : <Eye className="size-4.5" aria-hidden="true" />}
                </button>
              </div>
            )}
          </Field>
          <p className="rounded-md bg-poor-soft px-3 py-2 text-poor empty:hidden" role="alert">{error}</p>
          <Button type="submit" look="main" busy={busy} className="min-h-11 text-lg">{busy ? w.going : w.go}</Button>
        </form>
        <div role="group" aria-label={language.name} className="flex gap-1">
          {Object.entries(languages).map(([value, name]) => (
            <Button key={value} look="quiet" size="sm" lang={value} aria-pressed={value === language.shown} className="aria-pressed:text-ink"
                    onClick={() => setLanguage(value as Language)}>{name}</Button>
          ))}
        </div>
      </div>
    </main>
  );
}

function Point({ icon: Icon, children }: { icon: LucideIcon; children: string }) {
  return (
    <li className="flex items-start gap-3">
      <Icon className="mt-0.5 size-5 shrink-0" strokeWidth={1.75} aria-hidden="true" />
      <span>{children}</span>
    </li>
  );
}
