// SPDX-License-Identifier: Apache-2.0
import icon from "./icon.svg";

/** The product's sign and name. `small`: the sign alone. */
export function Mark({ small }: { small?: boolean }) {
  return (
    <span className="inline-flex items-center gap-2 text-lg font-bold tracking-tight">
      <img src={icon} alt="" width="28" height="28" />
      <span className={small ? "sr-only" : undefined}>Ava</span>
    </span>
  );
}
