// SPDX-License-Identifier: Apache-2.0
import type { Words } from "../en";

export const live: Words["live"] = {
  transcript: "Lo que se ha dicho hasta ahora",
  nothingSaid: "Todavía no se ha dicho nada",
};
