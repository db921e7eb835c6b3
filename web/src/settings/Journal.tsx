// SPDX-License-Identifier: Apache-2.0
// The inbound journal: what providers sent, as it came. One can be looked at and processed again,
// which never does twice what it did already.
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Inbox, RotateCw, Search } from "lucide-react";
import { useState } from "react";
import { listInbox, reconcileInbox, replayInbox, showInbox, type InboxRequest, type InboxState } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { Badge, Button, DateTime, Dialog, explainDeed, Failure, IconButton, Loading, Nothing, Select, toast } from "../ui";
import { useWords } from "../words";
import { plainWords } from "../words/people";
import { Card, SectionFrame, SectionLoading } from "./Frame";

const pageSize = 30;
const providers = ["twilio", "meta", "sendgrid", "mail", "web"] as const;
const providerNames: Record<string, string> = { twilio: "Twilio", meta: "Meta", sendgrid: "SendGrid", mail: "E-mail", web: "Web" };

interface Filter {
  state: InboxState | "";
  provider: string;
}

export function Journal() {
  const w = useWords().settingsDesk;
  const common = useWords().common;
  const title = useWords().settings.sections.journal;
  const mayWrite = useMay("inbox.write");
  const client = useQueryClient();
  const [filter, setFilter] = useState<Filter>({ state: "", provider: "" });
  const [shown, setShown] = useState<InboxRequest | null>(null);
  const query = useInfiniteQuery({
    queryKey: keys.journal(filter),
    queryFn: ({ pageParam }) => listInbox({
      limit: pageSize,
      ...(filter.state ? { state: filter.state } : {}),
      ...(filter.provider ? { provider: filter.provider } : {}),
      ...(pageParam ? { cursor: pageParam } : {}),
    }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 0,
  });
  const again = (): void => void client.invalidateQueries({ queryKey: ["journal"] });
  const reconcile = useMutation({
    mutationFn: () => reconcileInbox({}),
    onSuccess: (found) => {
      toast({ words: w.journal.reconciled(found.listed, found.messages, found.reports) });
      again();
    },
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
  });
  const rows = query.data?.pages.flatMap((p) => p.requests);
  return (
    <SectionFrame title={title} about={w.journal.about} actions={
      <>
        <IconButton look="plain" label={w.refresh} icon={<RotateCw className="size-4" />} onClick={again} />
        {mayWrite && (
          <Button busy={reconcile.isPending} onClick={() => reconcile.mutate()} title={w.journal.reconcileTip}>
            <Search className="size-4" aria-hidden="true" />{w.journal.reconcile}
          </Button>
        )}
      </>
    }>
      <div className="flex flex-wrap gap-3">
        <label className="flex items-center gap-2">{w.journal.state}
          <Select value={filter.state} onChange={(e) => setFilter({ ...filter, state: e.target.value as Filter["state"] })} className="w-auto!">
            <option value="">{w.journal.all}</option>
            {(["failed", "done"] as const).map((s) => <option key={s} value={s}>{w.journal.states[s]}</option>)}
          </Select>
        </label>
        <label className="flex items-center gap-2">{w.journal.provider}
          <Select value={filter.provider} onChange={(e) => setFilter({ ...filter, provider: e.target.value })} className="w-auto!">
            <option value="">{w.journal.all}</option>
            {providers.map((p) => <option key={p} value={p}>{providerNames[p]}</option>)}
          </Select>
        </label>
      </div>
      {query.error && !rows ? <Failure error={query.error} retry={() => void query.refetch()} /> : !rows ? <SectionLoading /> : (
        <Card flush>
          {rows.length === 0 ? (
            <Nothing icon={<Inbox />} title={filter.state === "failed" ? w.journal.noneFailed : w.journal.none}><p>{w.journal.noneAbout}</p></Nothing>
          ) : (
            <ul aria-label={w.journal.list} className="divide-y divide-line">
              {rows.map((r) => <Row key={r.id} request={r} show={() => setShown(r)} />)}
            </ul>
          )}
          {query.hasNextPage && (
            <div className="border-t border-line p-2 text-center">
              <Button look="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{common.frame.more}</Button>
            </div>
          )}
        </Card>
      )}
      {shown && <Detail request={shown} close={() => setShown(null)} />}
    </SectionFrame>
  );
}

function useNameOf(): (r: { provider: string; kind: string }) => string {
  const { kinds } = useWords().settingsDesk.journal;
  return (r) => `${providerNames[r.provider] ?? r.provider}: ${kinds[r.kind] ?? plainWords(r.kind)}`;
}

function Row({ request, show }: { request: InboxRequest; show: () => void }) {
  const w = useWords().settingsDesk.journal;
  const name = useNameOf()(request);
  return (
    <li>
      <button type="button" onClick={show} className="flex w-full flex-col gap-0.5 px-4 py-2.5 text-left hover:bg-ground wide:px-5">
        <span className="flex w-full flex-wrap items-center gap-x-2">
          <span className="font-medium">{name}</span>
          {request.state === "failed" && <Badge tone="poor">{w.states.failed}</Badge>}
          <DateTime at={request.received_at} as="day" className="ml-auto text-sm text-ink-2" />
        </span>
        {request.error && <span className="text-sm text-poor wrap-anywhere">{request.error}</span>}
        <span className="w-full truncate font-mono text-xs text-ink-2">{request.provider_id}</span>
      </button>
    </li>
  );
}

function Detail({ request, close }: { request: InboxRequest; close: () => void }) {
  const w = useWords().settingsDesk.journal;
  const mayWrite = useMay("inbox.write");
  const client = useQueryClient();
  const name = useNameOf()(request);
  const detail = useQuery({ queryKey: [...keys.journal({}), "one", request.id], queryFn: () => showInbox({ request_id: request.id }), staleTime: 0 });
  const replay = useMutation({
    mutationFn: () => replayInbox({ request_id: request.id }),
    onSuccess: (done) => {
      const one = done.requests[0];
      toast({ words: one ? w.replayed[one.result] : w.replayed.duplicate, tone: one?.result === "failed" ? "trouble" : "plain" });
      void client.invalidateQueries({ queryKey: ["journal"] });
    },
  });
  const d = detail.data;
  return (
    <Dialog open wide close={close} title={name} about={w.detail}
            foot={mayWrite && <Button look="main" busy={replay.isPending} onClick={() => replay.mutate()}>{w.replay}</Button>}>
      {detail.error && <Failure error={detail.error} retry={() => void detail.refetch()} />}
      {detail.isPending && <Loading rows={2} />}
      {d && (
        <dl className="flex flex-col gap-3">
          <div className="flex flex-wrap items-center gap-2">
            <Badge tone={d.state === "failed" ? "poor" : "good"}>{w.states[d.state]}</Badge>
            <DateTime at={d.received_at} as="day" className="text-ink-2" />
            <span className="text-sm text-ink-2">{w.proof} {d.proof}</span>
          </div>
          {d.error && <p className="text-poor wrap-anywhere">{d.error}</p>}
          <Part name={w.target} text={d.target} />
          <Part name={w.headers} text={Object.entries(d.headers).map(([k, v]) => `${k}: ${typeof v === "string" ? v : JSON.stringify(v)}`).join("\n")} />
          <Part name={w.body} text={d.body} />
        </dl>
      )}
      <p className="mt-2 text-sm text-poor empty:hidden" role="alert">{replay.error ? explainDeed(replay.error) : ""}</p>
    </Dialog>
  );
}

function Part({ name, text }: { name: string; text: string }) {
  const w = useWords().settingsDesk.journal;
  return (
    <div>
      <dt className="text-sm font-medium text-ink-2">{name}</dt>
      <dd>{text ? (
        // Long bodies scroll, also by keyboard.
        <pre tabIndex={0} className="max-h-64 overflow-auto rounded-md bg-sunk p-2.5 font-mono text-xs whitespace-pre-wrap wrap-anywhere">{text}</pre>
      ) : <span className="text-ink-2">{w.empty}</span>}</dd>
    </div>
  );
}
