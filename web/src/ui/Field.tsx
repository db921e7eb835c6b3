// SPDX-License-Identifier: Apache-2.0
// A labelled field with its hint and what is wrong with it, tied together for those who listen.
import { Switch as RadixSwitch, Checkbox as RadixCheckbox } from "radix-ui";
import { Check, Minus } from "lucide-react";
import {
  forwardRef, useId, type InputHTMLAttributes, type ReactNode, type SelectHTMLAttributes, type TextareaHTMLAttributes,
} from "react";
import { cx } from "./cx";

const box = "w-full min-w-0 rounded-md border border-line-strong bg-panel px-2.5 text-ink placeholder:text-ink-2 disabled:opacity-60 aria-invalid:border-poor focus-visible:outline-offset-0";

export const Input = forwardRef<HTMLInputElement, InputHTMLAttributes<HTMLInputElement>>(
  function Input({ className, ...rest }, ref) {
    return <input ref={ref} {...rest} className={cx(box, "min-h-9", className)} />;
  });

export const TextArea = forwardRef<HTMLTextAreaElement, TextareaHTMLAttributes<HTMLTextAreaElement>>(
  function TextArea({ className, ...rest }, ref) {
    return <textarea ref={ref} {...rest} className={cx(box, "py-1.5 resize-y", className)} />;
  });

/** The browser's own: right on every phone, and it writes no style element. */
export const Select = forwardRef<HTMLSelectElement, SelectHTMLAttributes<HTMLSelectElement>>(
  function Select({ className, ...rest }, ref) {
    return <select ref={ref} {...rest} className={cx(box, "min-h-9", className)} />;
  });

interface FieldProps {
  label: string;
  hint?: ReactNode;
  /** What is wrong with it; absent: nothing. */
  error?: string | undefined;
  className?: string;
  /** The control; give it the three attributes that it gets. */
  children: (control: { id: string; "aria-describedby": string | undefined; "aria-invalid": true | undefined }) => ReactNode;
}

export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const about = error ? `${id}-error` : hint ? `${id}-hint` : undefined;
  return (
    <div className={cx("flex flex-col gap-1", className)}>
      <label htmlFor={id} className="font-medium">{label}</label>
      {children({ id, "aria-describedby": about, "aria-invalid": error ? true : undefined })}
      {hint && !error && <p id={`${id}-hint`} className="text-sm text-ink-2">{hint}</p>}
      {error && <p id={`${id}-error`} className="text-sm text-poor" role="alert">{error}</p>}
    </div>
  );
}

interface SwitchProps {
  label: string;
  hint?: string;
  on: boolean;
  change: (on: boolean) => void;
  disabled?: boolean;
}

export function Switch({ label, hint, on, change, disabled }: SwitchProps) {
  const id = useId();
  return (
    <div className="flex items-start justify-between gap-4">
      <div>
        <label htmlFor={id} className="font-medium">{label}</label>
        {hint && <p id={`${id}-hint`} className="text-sm text-ink-2">{hint}</p>}
      </div>
      <RadixSwitch.Root id={id} checked={on} onCheckedChange={change} disabled={disabled ?? false}
                        aria-describedby={hint ? `${id}-hint` : undefined}
                        className="relative h-5.5 w-9.5 shrink-0 rounded-full border border-line-strong bg-sunk data-[state=checked]:border-accent data-[state=checked]:bg-accent">
        <RadixSwitch.Thumb className="block size-4 translate-x-0.5 rounded-full bg-ink-2 transition-transform data-[state=checked]:translate-x-4.5 data-[state=checked]:bg-accent-ink" />
      </RadixSwitch.Root>
    </div>
  );
}

interface CheckboxProps {
  label: string;
  /** "indeterminate": some of several. */
  on: boolean | "indeterminate";
  change: (on: boolean) => void;
  className?: string;
  tabIndex?: number;
}

/** A box whose label is only read out; put words beside it where there is place. */
export function Checkbox({ label, on, change, className, tabIndex }: CheckboxProps) {
  return (
    <RadixCheckbox.Root aria-label={label} checked={on} onCheckedChange={(to) => change(to === true)} tabIndex={tabIndex}
                        className={cx("flex size-4.5 shrink-0 items-center justify-center rounded-sm border border-line-strong bg-panel text-accent-ink",
                                      "data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent", className)}>
      <RadixCheckbox.Indicator>{on === "indeterminate" ? <Minus className="size-3.5" /> : <Check className="size-3.5" />}</RadixCheckbox.Indicator>
    </RadixCheckbox.Root>
  );
}
