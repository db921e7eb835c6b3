// SPDX-License-Identifier: Apache-2.0
// The ways to the customers and the models: what is set up is seen at once, and the providers are
// asked when the section is opened. What is wrong stands first, with what to do about it.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { AudioLines, BrainCircuit, ChevronRight, CircleCheck, Ear, Mail, MailOpen, MessageCircle, MessageSquareText, Phone, TriangleAlert, type LucideIcon } from "lucide-react";
import { checkChannels, listChannels, type ChannelCheck, type ChannelList, type ChannelPart, type ChannelProblem, type ChannelState } from "../api";
import { keys } from "../app/query";
import { Badge, Button, DateTime, explain, Failure, Nothing, type Tone } from "../ui";
import { useWords } from "../words";
import { Copy } from "./Copy";
import { Card, SectionFrame, SectionLoading } from "./Frame";

const icons: Record<ChannelPart, LucideIcon> = {
  sms_twilio: MessageSquareText,
  voice_twilio: Phone,
  whatsapp_twilio: MessageCircle,
  whatsapp_meta: MessageCircle,
  mail_out_sendgrid: Mail,
  mail_out_smtp: Mail,
  mail_in_sendgrid: MailOpen,
  mail_in_imap: MailOpen,
  model: BrainCircuit,
  realtime: AudioLines,
  hear: Ear,
  speak: AudioLines,
};

const tones: Record<ChannelState, Tone> = { off: "plain", set_up: "plain", good: "good", doubtful: "fair", wrong: "poor" };
const weight: Record<ChannelState, number> = { wrong: 0, doubtful: 1, set_up: 2, good: 2, off: 3 };

/** So long a check holds when one comes back. */
const holdsMs = 5 * 60_000;

export function Channels() {
  const w = useWords().settingsDesk.channels;
  const title = useWords().settings.sections.channels;
  const client = useQueryClient();
  const known = useQuery({ queryKey: keys.channels("known"), queryFn: () => listChannels(), staleTime: 0 });
  const check = useQuery({ queryKey: keys.channels("check"), queryFn: () => checkChannels(), staleTime: holdsMs });
  const asking = check.isFetching;
  const shown: ChannelList | undefined = check.data ?? known.data;
  if (!shown) return known.error ? <Failure error={known.error} retry={() => void known.refetch()} /> : <SectionLoading />;

  const on = shown.channels.filter((c) => c.state !== "off").sort((a, b) => weight[a.state] - weight[b.state]);
  const off = shown.channels.filter((c) => c.state === "off");
  const good = on.filter((c) => c.state === "good").length;
  const again = (): void => {
    void client.invalidateQueries({ queryKey: keys.channels("known") });
    void check.refetch();
  };
  return (
    <SectionFrame title={title} about={w.about}
                  actions={on.length > 0 && <Button look="main" busy={asking} onClick={again}>{w.check}</Button>}>
      {on.length === 0 ? (
        <Card><Nothing title={w.none}><p>{w.noneAbout}</p></Nothing></Card>
      ) : (
        <>
          <div role="status" className="flex flex-wrap items-center gap-x-2 gap-y-1 text-ink-2">
            {asking ? w.checking : check.error ? <span className="text-poor">{explain(check.error)}</span> : check.data && (
              <>
                {good === on.length ? <CircleCheck className="size-4.5 text-good" aria-hidden="true" /> : <TriangleAlert className="size-4.5 text-fair" aria-hidden="true" />}
                <span className="font-medium text-ink">{w.sum(good, on.length)}</span>
                {check.data.checked_at && <span className="text-sm">{w.checked} <DateTime at={check.data.checked_at} as="day" /></span>}
              </>
            )}
          </div>
          <ul className="flex flex-col gap-3" aria-label={title} aria-busy={asking}>
            {on.map((c) => <Channel key={c.name} check={c} asking={asking && !check.data} />)}
          </ul>
        </>
      )}
      {off.length > 0 && (
        <Card title={w.off} about={w.offAbout} flush>
          <ul className="divide-y divide-line">
            {off.map((c) => <OffChannel key={c.name} check={c} />)}
          </ul>
        </Card>
      )}
    </SectionFrame>
  );
}

function Channel({ check, asking }: { check: ChannelCheck; asking: boolean }) {
  const w = useWords().settingsDesk.channels;
  const Icon = icons[check.name];
  return (
    <li className="rounded-xl border border-line bg-panel">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-3 wide:px-5">
        <Icon className="size-5 shrink-0 text-ink-2" strokeWidth={1.75} aria-hidden="true" />
        <h3 className="min-w-0 flex-1 text-lg font-semibold">{w.parts[check.name]}</h3>
        {check.took_ms !== null && <span className="text-sm text-ink-2 max-wide:hidden">{w.took(check.took_ms.toLocaleString())}</span>}
        <Badge tone={tones[check.state]}>{asking && check.state === "set_up" ? w.asking : w.states[check.state]}</Badge>
      </div>
      {check.problems.length > 0 && (
        <ul className="flex flex-col gap-4 px-4 pt-3 wide:pr-5 wide:pl-13">
          {check.problems.map((p) => <Problem key={p.kind} problem={p} check={check} />)}
        </ul>
      )}
      <Details check={check} />
    </li>
  );
}

function Names({ names }: { names: readonly string[] }) {
  return names.map((name, i) => (
    <span key={name}>{i > 0 && ", "}<code className="font-mono text-sm text-ink wrap-anywhere">{name}</code></span>
  ));
}

function Problem({ problem, check }: { problem: ChannelProblem; check: ChannelCheck }) {
  const w = useWords().settingsDesk.channels;
  const words = w.problems[problem.kind];
  const hook = problem.kind === "no_hook" || problem.kind === "other_hook" ? check.webhooks.find((h) => h.right === false) : undefined;
  return (
    <li className="flex flex-col gap-1">
      <p className={problem.grave ? "font-medium text-poor" : "font-medium text-fair"}>{words.says}</p>
      <p>{words.advice}</p>
      {problem.settings.length > 0 && <p className="text-sm text-ink-2">{w.settingsNamed}: <Names names={problem.settings} /></p>}
      {problem.detail && !hook && <p className="text-sm text-ink-2 wrap-anywhere">{w.detail}: {problem.detail}</p>}
      {hook && (
        <div className="mt-1 flex flex-col gap-1">
          <p className="text-sm text-ink-2">{w.enterThis}:</p>
          <Copy text={hook.url} label={w.webhook[hook.what]} />
          {hook.found && <p className="text-sm text-ink-2 wrap-anywhere">{w.instead}: {hook.found}</p>}
        </div>
      )}
    </li>
  );
}

function Details({ check }: { check: ChannelCheck }) {
  const w = useWords().settingsDesk.channels;
  return (
    <details className="group px-4 py-2.5 wide:pr-5 wide:pl-13">
      <summary className="inline-flex min-h-6 cursor-pointer items-center gap-1 rounded-sm text-sm text-ink-2 hover:text-ink">
        <ChevronRight className="-ml-1 size-4 transition-transform group-open:rotate-90" aria-hidden="true" />
        {w.more}<span className="sr-only">: {w.parts[check.name]}</span>
      </summary>
      <dl className="mt-2 flex flex-col gap-2.5 pb-1 text-sm">
        {check.webhooks.map((h) => (
          <div key={h.what}>
            <dt className="text-ink-2">{w.webhook[h.what]}</dt>
            <dd className="flex flex-col gap-0.5">
              <Copy text={h.url} label={w.webhook[h.what]} />
              <span className={h.right === false ? "text-poor" : "text-ink-2"}>{h.right === null ? w.notAsked : h.right ? w.knows : w.knowsNot}</span>
            </dd>
          </div>
        ))}
        {check.settings.map((s) => (
          <div key={s.name} className="grid gap-x-4 wide:grid-cols-[minmax(0,16rem)_minmax(0,1fr)]">
            <dt><code className="font-mono wrap-anywhere">{s.name}</code></dt>
            <dd className="wrap-anywhere">
              {s.set ? s.value ?? <span className="text-ink-2">{w.secret}</span> : <span className="text-ink-2">{w.unset}</span>}
              {s.set && <span className="text-ink-2"> · {s.from}</span>}
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function OffChannel({ check }: { check: ChannelCheck }) {
  const w = useWords().settingsDesk.channels;
  const Icon = icons[check.name];
  const missing = check.settings.filter((s) => !s.set).map((s) => s.name);
  return (
    <li className="flex items-start gap-3 px-4 py-2.5 wide:px-5">
      <Icon className="mt-0.5 size-4.5 shrink-0 text-ink-2" strokeWidth={1.75} aria-hidden="true" />
      <div className="min-w-0">
        <p className="font-medium">{w.parts[check.name]}</p>
        {missing.length > 0 && <p className="text-sm text-ink-2">{w.by} <Names names={missing} /></p>}
      </div>
    </li>
  );
}
