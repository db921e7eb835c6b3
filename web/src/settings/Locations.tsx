// SPDX-License-Identifier: Apache-2.0
// Where the business is; the first location is the one that is told.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MapPin } from "lucide-react";
import { useMemo } from "react";
import { deleteLocation, putLocation, showBusiness, type Business, type Location } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { Failure } from "../ui";
import { useWords } from "../words";
import { AddEntry, EntryList, keyFor, newEntry, NoEntry, RemoveButton, useRemove, withEntry } from "./entries";
import { Fields, TextField, textOrNull } from "./fields";
import { Card, ReadOnlyNote, SectionFrame, SectionLoading } from "./Frame";
import type { SectionProps } from "./sections";
import { useSettingsForm } from "./useSettingsForm";

const known = keys.business("facts");
const section = "locations";

export function Locations({ entry }: SectionProps) {
  const business = useQuery({ queryKey: known, queryFn: () => showBusiness() });
  if (business.error && !business.data) return <Failure error={business.error} retry={() => void business.refetch()} />;
  if (!business.data) return <SectionLoading />;
  const { locations } = business.data;
  if (entry === undefined) return <List locations={locations} />;
  const one = locations.find((l) => l.key === entry);
  return one || entry === newEntry ? <Entry key={entry} one={one} all={locations} /> : <NoEntry section={section} />;
}

function List({ locations }: { locations: readonly Location[] }) {
  const w = useWords().settings;
  const client = useQueryClient();
  const may = useMay("settings.write");
  return (
    <SectionFrame title={w.sections.locations} about={w.locations.about} actions={may && locations.length > 0 ? <AddEntry section={section} /> : undefined}>
      {!may && <ReadOnlyNote />}
      <EntryList section={section} part="locations" entries={locations} name={(l) => l.name} about={(l) => l.address ?? w.locations.noAddress}
                 side={(l) => l.phone} nothing={{ icon: <MapPin />, title: w.locations.none, why: w.locations.noneWhy }}
                 reorder={(to) => client.setQueryData<Business>(known, (was) => was && { ...was, locations: to })} />
    </SectionFrame>
  );
}

type Typed = Record<"name" | "address" | "phone" | "directions" | "parking", string>;

function Entry({ one, all }: { one: Location | undefined; all: readonly Location[] }) {
  const w = useWords().settings;
  const go = useNavigate();
  const base = useMemo<Typed>(() => ({
    name: one?.name ?? "", address: one?.address ?? "", phone: one?.phone ?? "", directions: one?.directions ?? "", parking: one?.parking ?? "",
  }), [one]);
  const made = (typed: Typed): Location => ({
    key: one?.key ?? keyFor(typed.name, all), name: typed.name.trim(), address: textOrNull(typed.address), phone: textOrNull(typed.phone),
    directions: textOrNull(typed.directions), parking: textOrNull(typed.parking),
  });
  const f = useSettingsForm<Typed, Business>({
    id: `${section}/${one?.key ?? newEntry}`, name: one?.name ?? w.entries.add.locations, base, known,
    label: (field) => w.locations.fields[field],
    check: (typed) => ({ name: typed.name.trim() ? undefined : w.nameNeeded }),
    apply: (was, typed) => (one ? { ...was, locations: withEntry(was.locations, made(typed)) } : was),
    // The first location's details are those of the business.
    send: async (typed) => {
      await putLocation(made(typed));
      return showBusiness();
    },
    ...(one ? {} : {
      takeBack: async (typed: Typed) => {
        await deleteLocation({ key: made(typed).key });
        return showBusiness();
      },
      done: () => void go({ to: "/settings/$section", params: { section } }),
    }),
  });
  const remove = useRemove<Location, Business>({
    section, known, name: (l) => l.name, end: (key) => deleteLocation({ key }), put: (l) => putLocation(l),
    without: (was, key) => ({ ...was, locations: was.locations.filter((l) => l.key !== key) }),
  });
  return (
    <SectionFrame title={one?.name ?? w.entries.add.locations} backTo={section} bar={f.bar}
                  actions={one && f.may ? <RemoveButton remove={() => remove(one)} /> : undefined}>
      {!f.may && <ReadOnlyNote />}
      <form ref={f.ref} onSubmit={f.submit} noValidate>
        <Card>
          <Fields>
            <TextField f={f} name="name" label={w.locations.fields.name} />
            <TextField f={f} name="phone" label={w.locations.fields.phone} type="tel" max={60} />
            <TextField f={f} name="address" label={w.locations.fields.address} wide max={500} />
            <TextField f={f} name="directions" label={w.locations.fields.directions} rows={3} max={2000} />
            <TextField f={f} name="parking" label={w.locations.fields.parking} rows={2} max={2000} />
          </Fields>
          <input type="submit" hidden />
        </Card>
      </form>
    </SectionFrame>
  );
}
