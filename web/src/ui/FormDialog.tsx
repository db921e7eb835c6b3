// SPDX-License-Identifier: Apache-2.0
// A dialog that is a form: its fields, what went wrong, and the buttons.
import { useId, type FormEvent, type ReactNode } from "react";
import { useWords } from "../words";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { explainDeed } from "./states";

interface FormDialogProps {
  title: string;
  about?: string;
  action: string;
  busy: boolean;
  error: unknown;
  close: () => void;
  submit: () => void;
  children: ReactNode;
}

export function FormDialog({ title, about, action, busy, error, close, submit, children }: FormDialogProps) {
  const w = useWords().common.actions;
  const form = useId();
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (!busy) submit();
  };
  return (
    <Dialog open close={close} title={title} about={about} foot={
      <>
        <Button onClick={close}>{w.cancel}</Button>
        <Button type="submit" form={form} look="main" busy={busy}>{action}</Button>
      </>
    }>
      <form id={form} onSubmit={send} noValidate className="flex flex-col gap-3.5">
        {children}
        <p className="text-sm text-poor empty:hidden" role="alert">{error ? explainDeed(error) : ""}</p>
      </form>
    </Dialog>
  );
}
