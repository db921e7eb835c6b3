// SPDX-License-Identifier: Apache-2.0
// A provider's colour in the calendar, by their place in the list. The name says whose an appointment
// is; the colour only helps to see it at a glance.
import type { Provider } from "../api";

const grounds = [
  "border-accent bg-accent-soft text-accent-text",
  "border-fair bg-fair-soft text-fair",
  "border-good bg-good-soft text-good",
  "border-line-strong bg-sunk text-ink",
  "border-accent bg-panel text-accent-text",
  "border-fair bg-panel text-fair",
] as const;
const nobodys = "border-line-strong bg-sunk text-ink";

export function providerColour(provider: Provider | undefined, providers: readonly Provider[]): string {
  const at = provider ? providers.indexOf(provider) : -1;
  return at < 0 ? nobodys : grounds[at % grounds.length] ?? nobodys;
}
