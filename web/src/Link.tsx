// SPDX-License-Identifier: Apache-2.0
// A real link to a place on this page: opens in a new tab, can be copied, and a plain click stays
// here without loading anything.
import type { AnchorHTMLAttributes, MouseEvent } from "react";
import { addressOf, goTo, type Place } from "./location";

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
  to: Place;
}

export function Link({ to, onClick, ...rest }: LinkProps) {
  function click(event: MouseEvent<HTMLAnchorElement>): void {
    onClick?.(event);
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(to);
  }
  return <a {...rest} href={addressOf(to)} onClick={click} />;
}
