// SPDX-License-Identifier: Apache-2.0
// Where a newcomer begins: being a customer at the left, seeing the desk at the right. On a phone one
// of the two is shown.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { FlaskConical } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useActions } from "../app/actions";
import { useMe } from "../app/session";
import { kept } from "../lib/kept";
import { buttonClass, ChannelIcon, cx, Field, Input, Nothing } from "../ui";
import { useWords } from "../words";
import { Call, useCall } from "./Call";
import { Desk } from "./Desk";
import { bareAddress, Mails } from "./Mails";
import { readHealth } from "./sandbox";
import { ways, type Way } from "./search";
import { Texts } from "./Texts";
import { Trouble } from "./Trouble";

const isText = (v: unknown): v is string => typeof v === "string";
const keptNumber = kept("ava.try.number", "+15550100042", isText);
const keptAddress = kept("ava.try.address", "Ann Miller <ann@example.com>", isText);
const isNumber = (text: string): boolean => /^\+\d{8,15}$/.test(text);
const isAddress = (text: string): boolean => /^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(bareAddress(text));

export function TryPage() {
  const w = useWords().tryAva;
  const { sandbox } = useMe();
  useEffect(() => {
    document.title = `${w.title} · Ava`;
  }, [w]);
  if (!sandbox) {
    return (
      <main id="content" className="flex min-h-0 flex-1">
        <h1 className="sr-only">{w.title}</h1>
        <Nothing icon={<FlaskConical />} title={w.without}>{w.withoutWhy}</Nothing>
      </main>
    );
  }
  return <WithSandbox />;
}

function WithSandbox() {
  const w = useWords().tryAva;
  const { way = "sms" } = useSearch({ from: "/try" });
  const go = useNavigate();
  const number = useSyncExternalStore(keptNumber.subscribe, keptNumber.get);
  const address = useSyncExternalStore(keptAddress.subscribe, keptAddress.get);
  const [side, setSide] = useState<"you" | "desk">("you");
  const [sid, setSid] = useState<string | null>(null);
  const { data: call } = useCall(way === "voice" ? sid : null);
  const health = useQuery({ queryKey: ["try", "health"], queryFn: readHealth });
  useActions(ways.map((one) => ({
    id: `try ${one}`, name: w.keys.way(w.ways[one]), group: w.keys.group, run: () => void go({ to: "/try", search: { way: one } }),
  })));
  const who = way === "email" ? address : way === "whatsapp" ? `whatsapp:${number}` : number;
  const inCall = way === "voice" && sid !== null;
  return (
    <main id="content" className="flex min-h-0 flex-1 flex-col">
      <header className="shrink-0 border-b border-line bg-panel px-4 pt-3 wide:px-6">
        <h1 className="text-xl font-semibold">{w.title}</h1>
        <p className="mt-0.5 hidden max-w-3xl text-ink-2 wide:block">{w.about}</p>
        <nav aria-label={w.way} className="-mx-2.5 mt-1.5 flex gap-1">
          {ways.map((one) => (
            <Link key={one} to="/try" search={{ way: one }} preload={false} aria-current={one === way ? "page" : undefined} activeProps={{}}
                  className={cx("-mb-px inline-flex min-h-9 items-center gap-1.5 border-b-2 px-2.5 font-medium no-underline",
                                one === way ? "border-accent text-accent-text" : "border-transparent text-ink-2 hover:text-ink")}>
              <ChannelIcon channel={one} />{w.ways[one]}
            </Link>
          ))}
        </nav>
      </header>
      {health.error ? <div className="flex min-h-0 flex-1"><Trouble error={health.error} retry={() => void health.refetch()} /></div> : (
        <>
          <Sides side={side} setSide={setSide} />
          <div className="flex min-h-0 flex-1">
            <section aria-label={w.you} className={cx("min-h-0 min-w-0 flex-1 flex-col bg-panel wide:flex wide:max-w-136 wide:border-r wide:border-line", side === "you" ? "flex" : "hidden")}>
              <Who way={way} number={number} address={address} fixed={inCall && call?.live !== false}
                   to={way === "email" ? health.data?.mail_address : health.data?.number} />
              {way === "email" ? <Mails key={address} who={address} />
                : way === "voice" ? <Call number={number} sid={sid} setSid={setSid} call={call} />
                : <Texts key={who} who={who} />}
            </section>
            <section aria-label={w.desk} className={cx("min-h-0 min-w-0 flex-1 flex-col bg-ground wide:flex", side === "desk" ? "flex" : "hidden")}>
              <h2 className="hidden shrink-0 border-b border-line bg-panel px-4 py-2 font-semibold wide:block">{w.desk}</h2>
              <Desk channel={way} who={way === "email" ? bareAddress(address) : number}
                    conversation={inCall ? call?.conversation_id ?? null : undefined} going={inCall && call?.live !== false} words={inCall ? call?.words ?? [] : []} />
            </section>
          </div>
        </>
      )}
    </main>
  );
}

/** On a phone: which of the two is seen. */
function Sides({ side, setSide }: { side: "you" | "desk"; setSide: (to: "you" | "desk") => void }) {
  const w = useWords().tryAva;
  return (
    <div role="group" aria-label={w.side} className="flex shrink-0 gap-1 border-b border-line bg-panel p-1.5 wide:hidden">
      {(["you", "desk"] as const).map((one) => (
        <button key={one} type="button" aria-pressed={side === one} onClick={() => setSide(one)}
                className={buttonClass("quiet", "md", cx("flex-1", side === one && "bg-accent-soft! text-accent-text!"))}>{w[one]}</button>
      ))}
    </div>
  );
}

interface WhoProps {
  way: Way;
  number: string;
  address: string;
  to: string | undefined;
  /** In a call one stays who one is. */
  fixed: boolean;
}

/** Taken over when it is whole, so that half a number is nobody. */
function Who({ way, number, address, to, fixed }: WhoProps) {
  const w = useWords().tryAva;
  const mail = way === "email";
  const value = mail ? address : number;
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  const good = mail ? isAddress(typed) : isNumber(typed.trim());
  function change(text: string): void {
    setTyped(text);
    if (mail ? isAddress(text) : isNumber(text.trim())) (mail ? keptAddress : keptNumber).set(text.trim());
  }
  return (
    <div className="flex shrink-0 items-end gap-3 border-b border-line px-4 py-2.5">
      <Field label={mail ? w.address : w.number} error={good ? undefined : mail ? w.addressWrong : w.numberWrong} className="min-w-0 flex-1">
        {(control) => <Input {...control} value={typed} disabled={fixed} inputMode={mail ? "email" : "tel"} onChange={(e) => change(e.target.value)} />}
      </Field>
      {to && <p className="max-w-44 shrink-0 truncate pb-2 text-sm text-ink-2">{w.to(to)}</p>}
    </div>
  );
}
