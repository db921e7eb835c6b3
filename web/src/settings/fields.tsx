// SPDX-License-Identifier: Apache-2.0
// The controls of the settings' forms, tied to useSettingsForm by the field's name.
import type { ReactNode } from "react";
import { Field, Input, TextArea, cx } from "../ui";
import type { SettingsForm } from "./useSettingsForm";

type TextOf<T> = { [K in keyof T]: T[K] extends string ? K : never }[keyof T];

interface TextFieldProps<T extends object> {
  f: SettingsForm<T>;
  name: TextOf<T>;
  label: string;
  hint?: ReactNode;
  /** More than one line; it goes over the whole width. */
  rows?: number;
  wide?: boolean;
  max?: number;
  type?: "text" | "tel";
  /** Id of a datalist. */
  list?: string;
  numeric?: boolean;
}

export function TextField<T extends object>({ f, name, label, hint, rows, wide, max = 255, type = "text", list, numeric }: TextFieldProps<T>) {
  const set = (value: string): void => f.set({ [name]: value } as unknown as Partial<T>);
  return (
    <Field label={label} hint={hint} error={f.wrong(name)} className={cx((rows || wide) && "wide:col-span-2")}>
      {(c) => {
        const all = { ...c, value: f.typed[name] as string, maxLength: max, disabled: !f.may, autoComplete: "off" };
        return rows
          ? <TextArea {...all} rows={Math.max(rows, Math.min(8, all.value.split("\n").length))} onChange={(e) => set(e.target.value)} />
          : <Input {...all} type={type} list={list} inputMode={numeric ? "decimal" : undefined} onChange={(e) => set(e.target.value)} />;
      }}
    </Field>
  );
}

/** Two fields a row where there is place. */
export const Fields = ({ children }: { children: ReactNode }) => <div className="grid items-start gap-4 wide:grid-cols-2">{children}</div>;

/** What a person types as several, a line each. */
export const linesOf = (words: readonly string[] | null): string => (words ?? []).join("\n");
export const wordsOf = (lines: string): string[] => lines.split("\n").map((l) => l.trim()).filter(Boolean);

/** For the interface, which takes no empty texts. */
export const textOrNull = (text: string): string | null => text.trim() || null;

/** A whole number within bounds; undefined: it is none. */
export function wholeNumber(text: string, min: number, max: number): number | undefined {
  const n = Number(text.trim());
  return /^\d+$/.test(text.trim()) && n >= min && n <= max ? n : undefined;
}
