// SPDX-License-Identifier: Apache-2.0
// One appointment in the calendar.
import { TriangleAlert } from "lucide-react";
import type { KeyboardEvent, PointerEvent } from "react";
import type { BusinessFacts } from "../app/useBusiness";
import { visitStatus } from "../customers/visits";
import { cx } from "../ui";
import { useWords } from "../words";
import { clockTimeIn } from "../words/times";
import { minutePx } from "./Calendar";
import { providerColour } from "./colours";
import { isComing, providerOf, type Block, type Span } from "./plan";

interface BlockButtonProps {
  block: Block;
  facts: BusinessFacts;
  span: Span;
  /** It is on its way elsewhere. */
  moving: boolean;
  movable: boolean;
  /** Say whose it is: the column does not. */
  withProvider: boolean;
  click: () => void;
  press: (event: PointerEvent) => void;
  pull: (event: PointerEvent) => void;
  release: (event: PointerEvent) => void;
  keyed: (event: KeyboardEvent) => void;
  blur: () => void;
}

/** Shorter ones have place for a line. */
const twoLinesPx = 36;
const threeLinesPx = 54;
/** So many side by side leave no place for the time, which the grid says too, nor for an ellipsis. */
const manyLanes = 3;

export function BlockButton({ block, facts, span, moving, movable, withProvider, click, press, pull, release, keyed, blur }: BlockButtonProps) {
  const w = useWords();
  const { of, lane, lanes, conflict } = block;
  const high = Math.max((block.to - block.from) * minutePx - 2, 16);
  const who = of.customer_name || w.common.customer;
  const service = facts.serviceName(of.service_type);
  const time = clockTimeIn(of.appointment_datetime, facts.zone);
  const over = !isComing(of);
  const wide = 100 / lanes;
  const said = [time, who, service, of.provider, over ? visitStatus(of) : null, conflict ? w.appointments.conflict : null].filter(Boolean).join(", ");
  return (
    <>
      {block.buffer > 0 && (
        <div className="absolute rounded-b-md bg-line/60" aria-hidden="true"
             style={{ top: (block.to - span.from) * minutePx - 3, height: block.buffer * minutePx, left: `calc(${lane * wide}% + 3px)`, width: `calc(${wide}% - 6px)` }} />
      )}
      <button type="button" data-appointment={of.id} aria-label={said} title={said}
              onClick={click} onPointerDown={press} onPointerMove={pull} onPointerUp={release} onPointerCancel={release} onKeyDown={keyed} onBlur={blur}
              style={{ top: (block.from - span.from) * minutePx + 1, height: high, left: `calc(${lane * wide}% + 2px)`, width: `calc(${wide}% - 4px)` }}
              className={cx("absolute z-[5] flex flex-col overflow-hidden rounded-md border border-l-4 px-1.5 text-left text-sm leading-[1.08rem] select-none focus-visible:z-[7] focus-visible:outline-offset-0",
                            providerColour(providerOf(of, facts.providers), facts.providers),
                            conflict && "border-poor! ring-1 ring-poor", over && "opacity-75", moving && "opacity-40", movable && "touch-pan-y cursor-grab active:cursor-grabbing", (high < 22 || lanes >= manyLanes) && "text-xs leading-4")}>
        <span className={cx("flex w-full gap-1", lanes < manyLanes && "items-center truncate")}>
          {conflict && <TriangleAlert className="size-3.5 shrink-0 text-poor" aria-hidden="true" />}
          <span className={cx("font-semibold", lanes < manyLanes ? "truncate" : "overflow-hidden whitespace-nowrap", of.status === "no_show" && "line-through")}>{high < twoLinesPx && lanes < manyLanes ? `${time} ${who}` : who}</span>
        </span>
        {high >= twoLinesPx && <span className={lanes < manyLanes ? "w-full truncate" : "w-full overflow-hidden whitespace-nowrap"}>{lanes < manyLanes ? `${time} · ${service}` : service}</span>}
        {high >= threeLinesPx && lanes < manyLanes && (withProvider || over) && <span className="w-full truncate">{over ? visitStatus(of) : of.provider}</span>}
      </button>
    </>
  );
}
