// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState, type FormEvent } from "react";
import { ApiError, signIn, type Me } from "./api";
import { Mark } from "./Mark";

function explain(e: unknown): string {
  if (!(e instanceof ApiError)) return "The server could not be reached. Check the connection, then try again.";
  if (e.status === 401) return "E-mail address and password do not match.";
  if (e.status === 429) return "Too many attempts. Wait a few minutes, then try again.";
  return e.status >= 500 ? "The server could not answer. Try again in a moment." : e.message;
}

export function SignIn({ notice, signedIn }: { notice: string; signedIn: (me: Me) => void }) {
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
    <main className="whole">
      <form className="signin" onSubmit={(e) => void submit(e)} aria-labelledby="signin-title">
        <Mark />
        <h1 id="signin-title">Sign in</h1>
        {notice && !error && <p className="signin-notice" role="status">{notice}</p>}
        <label htmlFor="email">E-mail address</label>
        <input ref={email} id="email" name="email" type="email" autoComplete="username" required maxLength={255}
               aria-describedby={error ? "signin-error" : undefined} />
        <label htmlFor="password">Password</label>
        <input ref={password} id="password" name="password" type="password" autoComplete="current-password" required
               maxLength={1000} aria-describedby={error ? "signin-error" : undefined} />
        <p id="signin-error" className="signin-error" role="alert">{error}</p>
        <button type="submit" className="button button-main" aria-disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}
