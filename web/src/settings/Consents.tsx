// SPDX-License-Identifier: Apache-2.0
// The ledger of who may be written to, over all customers: every agreement and refusal with what shows
// it. It is only read here; a customer's own is changed at the customer.
import { useInfiniteQuery } from "@tanstack/react-query";
import { ScrollText } from "lucide-react";
import { useState, type FormEvent } from "react";
import { listConsents, type Channel, type Consent } from "../api";
import { keys } from "../app/query";
import { phoneWords, usePhones } from "../lib/phone";
import { Badge, Button, ChannelIcon, DateTime, explain, Failure, Input, Nothing, Select } from "../ui";
import { useWords } from "../words";
import { plainWords } from "../words/people";
import { Card, SectionFrame, SectionLoading } from "./Frame";

const pageSize = 30;
const channels: readonly Channel[] = ["sms", "whatsapp", "email", "voice"];

interface Filter {
  channel: Channel | "";
  address: string;
}

export function Consents() {
  const w = useWords();
  const c = w.settingsDesk.consents;
  const title = w.settings.sections.consents;
  const [filter, setFilter] = useState<Filter>({ channel: "", address: "" });
  const [typed, setTyped] = useState("");
  usePhones();
  const query = useInfiniteQuery({
    queryKey: keys.consents(filter),
    queryFn: ({ pageParam }) => listConsents({
      page_size: pageSize,
      ...(filter.channel ? { channel: filter.channel } : {}),
      ...(filter.address ? { address: filter.address } : {}),
      ...(pageParam ? { cursor: pageParam } : {}),
    }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 0,
  });
  const rows = query.data?.pages.flatMap((p) => p.consents);
  const search = (event: FormEvent): void => {
    event.preventDefault();
    setFilter({ ...filter, address: typed.trim() });
  };
  return (
    <SectionFrame title={title} about={c.about}>
      <form onSubmit={search} className="flex flex-wrap items-center gap-3">
        <Input type="search" aria-label={c.address} placeholder={c.address} value={typed} maxLength={255} className="max-w-72"
               onChange={(e) => { setTyped(e.target.value); if (!e.target.value) setFilter({ ...filter, address: "" }); }} />
        <Button type="submit">{c.find}</Button>
        <label className="flex items-center gap-2">{w.conversation.channel}
          <Select value={filter.channel} onChange={(e) => setFilter({ ...filter, channel: e.target.value as Filter["channel"] })} className="w-auto!">
            <option value="">{w.settingsDesk.journal.all}</option>
            {channels.map((ch) => <option key={ch} value={ch}>{w.common.channels[ch]}</option>)}
          </Select>
        </label>
      </form>
      {query.error && !rows ? (
        filter.address ? <p role="alert" className="text-poor">{explain(query.error)}</p> : <Failure error={query.error} retry={() => void query.refetch()} />
      ) : !rows ? <SectionLoading /> : (
        <Card flush>
          {rows.length === 0 ? (
            <Nothing icon={<ScrollText />} title={filter.address || filter.channel ? c.noneOf : c.none}><p>{c.noneAbout}</p></Nothing>
          ) : (
            <ul aria-label={title} className="divide-y divide-line">{rows.map((r) => <Row key={r.id} consent={r} />)}</ul>
          )}
          {query.hasNextPage && (
            <div className="border-t border-line p-2 text-center">
              <Button look="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{w.common.frame.more}</Button>
            </div>
          )}
        </Card>
      )}
    </SectionFrame>
  );
}

function Row({ consent: c }: { consent: Consent }) {
  const w = useWords();
  const said = c.evidence.reason ?? c.evidence.text ?? c.evidence.word;
  return (
    <li className="flex flex-col gap-0.5 px-4 py-2.5 wide:px-5">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="text-ink-2"><ChannelIcon channel={c.channel} /></span>
        <span className="min-w-0 font-medium wrap-anywhere">{phoneWords(c.address)}</span>
        <Badge tone={c.state === "granted" ? "good" : "poor"}>{w.customers.consentStates[c.state]}</Badge>
        <DateTime at={c.at} as="day" className="ml-auto text-sm text-ink-2" />
      </div>
      <p className="text-sm text-ink-2 wrap-anywhere">
        {[w.customers.consentFor(w.common.channels[c.channel], w.customers.purposes[c.purpose]), w.customers.sources[c.source] ?? plainWords(c.source), typeof said === "string" ? `“${said}”` : ""]
          .filter(Boolean).join(" · ")}
      </p>
    </li>
  );
}
