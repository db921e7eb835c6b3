// SPDX-License-Identifier: Apache-2.0
// What the assistant says of the business: name, place, rules. What is left empty is never made up.
import { useQuery } from "@tanstack/react-query";
import { useId, useMemo } from "react";
import { changeBusiness, showBusiness, type Business, type BusinessFacts as Facts } from "../api";
import { keys } from "../app/query";
import { knownZone } from "../lib/zone";
import { Failure } from "../ui";
import { useWords } from "../words";
import { clockTimeIn } from "../words/times";
import { Card, ReadOnlyNote, SectionFrame, SectionLoading } from "./Frame";
import { Fields, TextField, textOrNull, wholeNumber } from "./fields";
import { useSettingsForm } from "./useSettingsForm";

type Typed = Record<keyof Facts | "notice_minutes" | "horizon_days", string>;

const places = ["address", "directions", "parking"] as const;
const bounds = { notice_minutes: [0, 525_600], horizon_days: [1, 1000] } as const;
const isBound = (name: string): name is keyof typeof bounds => name in bounds;

function asTyped({ facts, booking }: Business): Typed {
  const all = Object.entries({ ...facts, ...booking }).map(([name, value]) => [name, value === null ? "" : String(value)]);
  return Object.fromEntries(all) as Typed;
}

/** As the interface has it: facts and booking apart, nothing for an emptied text. */
function asSent(typed: Partial<Typed>): { facts: Record<string, unknown>; booking: Record<string, unknown> } {
  const facts: Record<string, unknown> = {};
  const booking: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(typed)) {
    const meant = textOrNull(value);
    if (isBound(name)) booking[name] = meant === null ? null : Number(meant);
    else facts[name] = meant;
  }
  return { facts, booking };
}

export function BusinessFacts() {
  const business = useQuery({ queryKey: keys.business("facts"), queryFn: () => showBusiness() });
  if (business.data) return <Form business={business.data} />;
  if (business.error) return <Failure error={business.error} retry={() => void business.refetch()} />;
  return <SectionLoading />;
}

function Form({ business }: { business: Business }) {
  const w = useWords().settings;
  const zones = useId();
  const base = useMemo(() => asTyped(business), [business]);
  const f = useSettingsForm<Typed, Business>({
    id: "business", name: w.sections.business, base, known: keys.business("facts"),
    label: (field) => w.business.fields[field],
    check: (typed) => Object.fromEntries(Object.entries(bounds).flatMap(([name, [min, max]]) => {
      const value = typed[name as keyof typeof bounds];
      return !value.trim() || wholeNumber(value, min, max) !== undefined ? [] : [[name, w.wholeNumber(min, max)]];
    })),
    apply: (was, typed) => {
      const { facts, booking } = asSent(typed);
      return { ...was, facts: { ...was.facts, ...facts }, booking: { ...was.booking, ...booking } };
    },
    send: (_, changes) => changeBusiness(asSent(changes)),
  });

  const control = (name: keyof Typed, more: Omit<Parameters<typeof TextField<Typed>>[0], "f" | "name" | "label"> = {}) =>
    <TextField f={f} name={name} label={w.business.fields[name]} {...more} />;

  // With a first location, these are its own (the server fills them in).
  const first = business.locations[0];
  const ownPlace = places.filter((p) => !first || (business.facts[p] && business.facts[p] !== first[p]));
  const zone = f.typed.time_zone.trim();
  const known = zone !== "" && zone.includes("/") && knownZone(zone) === zone;
  const overruled = business.facts.time_zone !== null && business.zone !== business.facts.time_zone;
  const zoneHint = overruled ? w.business.zoneOverruled(business.zone)
    : known ? w.business.zoneNow(clockTimeIn(new Date(), zone)) : w.business.zoneHint;
  const h = w.business.hints;
  return (
    <SectionFrame title={w.sections.business} about={w.business.about} bar={f.bar}>
      {!f.may && <ReadOnlyNote />}
      <form ref={f.ref} onSubmit={f.submit} noValidate className="flex flex-col gap-5">
        <Card title={w.business.who}>
          <Fields>
            {control("business_name")}
            {control("assistant_name", { max: 100, hint: h.assistant_name })}
            {control("time_zone", { list: zones, max: 100, hint: zoneHint })}
            {control("currency", { max: 10, hint: h.currency })}
          </Fields>
        </Card>
        <Card title={w.business.reach} about={first ? w.business.ofLocation(first.name) : undefined}>
          <Fields>
            {control("phone", { type: "tel", max: 60 })}
            {control("emergency_number", { max: 60, hint: h.emergency_number })}
            {control("escalation_contact", { wide: true, hint: h.escalation_contact })}
            {ownPlace.includes("address") && control("address", { wide: true, max: 500 })}
            {ownPlace.includes("directions") && control("directions", { rows: 2, max: 2000 })}
            {ownPlace.includes("parking") && control("parking", { rows: 2, max: 2000 })}
          </Fields>
        </Card>
        <Card title={w.business.rules}>
          <Fields>
            {control("cancellation_policy", { rows: 3, max: 2000, hint: h.cancellation_policy })}
            {control("payment", { rows: 2, max: 2000, hint: h.payment })}
            {control("team", { rows: 2, max: 2000, hint: h.team })}
            {control("consultation", { wide: true, max: 500, hint: h.consultation })}
          </Fields>
        </Card>
        <Card title={w.business.booking} about={w.business.bookingAbout}>
          <Fields>
            {control("notice_minutes", { numeric: true, hint: h.notice_minutes })}
            {control("horizon_days", { numeric: true, hint: h.horizon_days })}
          </Fields>
        </Card>
        <datalist id={zones}>{allZones().map((z) => <option key={z} value={z} />)}</datalist>
        <input type="submit" hidden />
      </form>
    </SectionFrame>
  );
}

let zonesOnce: readonly string[] | undefined;
const allZones = (): readonly string[] => (zonesOnce ??= Intl.supportedValuesOf("timeZone"));
