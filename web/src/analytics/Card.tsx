// SPDX-License-Identifier: Apache-2.0
// A report in its frame: heading, the figures as a file, and every state of its answer.
import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useId, type ReactNode } from "react";
import { showAnalytics, type Analytics, type Report } from "../api";
import { keys } from "../app/query";
import { buttonClass, cx, Failure, Loading, Shape, Tip } from "../ui";
import { useWords } from "../words";

export interface Span {
  from: string;
  until: string;
}

export function useReport(report: Report, span: Span | undefined): UseQueryResult<Analytics> {
  return useQuery({
    queryKey: keys.analytics({ report, ...span }),
    queryFn: () => showAnalytics({ report, ...span }),
    enabled: span !== undefined,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

interface CardProps {
  title: string;
  about: string;
  query: UseQueryResult<Analytics>;
  report: Report;
  className?: string;
  /** Nothing happened that it could be drawn from. */
  empty: (of: Analytics) => boolean;
  children: (of: Analytics) => ReactNode;
}

export function Card({ title, about, query, report, className, empty, children }: CardProps) {
  const w = useWords().analytics;
  const id = useId();
  const { data, error, isPlaceholderData } = query;
  return (
    <section aria-labelledby={id} className={cx("flex min-w-0 flex-col rounded-xl border border-line bg-panel p-4 shadow-card", className)}>
      <header className="flex items-start gap-2">
        <div className="min-w-0 flex-1">
          <h2 id={id} className="text-lg font-semibold">{title}</h2>
          <p className="text-sm text-ink-2">{about}</p>
        </div>
        {data && (
          <Tip words={w.csv(title)}>
            <a href={`/api/admin/analytics?${new URLSearchParams({ report, from: data.from, until: data.until, format: "csv" })}`} download
               className={buttonClass("quiet", "sm", "-mt-0.5 -mr-1.5")} aria-label={w.csv(title)}><Download className="size-4" />CSV</a>
          </Tip>
        )}
      </header>
      <div className={cx("mt-3 flex min-h-40 flex-1 flex-col", isPlaceholderData && "opacity-50")}>
        {error ? <Failure error={error} retry={() => void query.refetch()} />
          : !data ? <Loading className="flex-1"><Shape className="h-40" /></Loading>
          : empty(data) ? <p className="m-auto px-4 py-6 text-center text-ink-2">{w.nothing}</p>
          : children(data)}
      </div>
    </section>
  );
}
