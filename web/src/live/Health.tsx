// SPDX-License-Identifier: Apache-2.0
// How this server and those that it depends on have done since it started, for who may read its
// figures. A line is marked when something of it failed since the page was opened.
import { useQuery } from "@tanstack/react-query";
import { useRef } from "react";
import { Badge, Failure, Loading, type Tone } from "../ui";
import { useWords, type Words } from "../words";
import { count } from "../words/times";
import { fetchFigures, type Figures } from "./figures";
import { Section } from "./Section";

const lookMs = 5000;

interface Line {
  name: keyof Words["live"]["health"];
  asked: string;
  failed: string;
}

const lines: readonly Line[] = [
  { name: "providers", asked: "provider_calls_total", failed: "provider_errors_total" },
  { name: "webhooks", asked: "webhooks_total", failed: "webhooks_failed_total" },
  { name: "model", asked: "model_requests_total", failed: "model_errors_total" },
  { name: "speech", asked: "voice_calls_total", failed: "voice_engine_failures_total" },
  { name: "database", asked: "store_queries_total", failed: "store_errors_total" },
  { name: "jobs", asked: "jobs_done_total", failed: "jobs_failed_total" },
];

export function Health() {
  const w = useWords().live;
  const first = useRef<Figures | null>(null);
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["figures"], queryFn: fetchFigures, refetchInterval: lookMs, staleTime: 0 });
  if (data) first.current ??= data;
  const of = (name: string): number => data?.get(name) ?? 0;
  const tokens = [of("model_prompt_tokens_total"), of("model_completion_tokens_total")] as const;
  return (
    <Section title={w.healthTitle} about={w.healthAbout}>
      {error ? <Failure error={error} retry={() => void refetch()} /> : isPending ? <Loading rows={3} /> : (
        <ul className="divide-y divide-line">
          {lines.map(({ name, asked, failed }) => {
            const anew = of(failed) - (first.current?.get(failed) ?? 0);
            const [tone, said]: [Tone, string] = anew > 0 ? ["poor", w.failing] : of(asked) === 0 ? ["plain", w.idle] : ["good", w.well];
            return (
              <li key={name} className="flex items-center gap-3 px-4 py-2">
                <span className="min-w-0 flex-1">
                  <span className="block font-medium">{w.health[name]}</span>
                  <span className="block text-sm text-ink-2 tabular-nums">
                    {w.askedFailed(count(of(asked)), count(of(failed)))}
                    {name === "model" && tokens[0] > 0 && <> · {w.tokens(count(tokens[0]), count(tokens[1]))}</>}
                  </span>
                </span>
                <Badge tone={tone}>{said}</Badge>
              </li>
            );
          })}
        </ul>
      )}
    </Section>
  );
}
