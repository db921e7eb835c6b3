// SPDX-License-Identifier: Apache-2.0
import icon from "./icon.svg";

export function Mark() {
  return (
    <span className="mark">
      <img src={icon} alt="" width="28" height="28" />
      <span>Ava</span>
    </span>
  );
}
