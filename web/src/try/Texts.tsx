// SPDX-License-Identifier: Apache-2.0
// The customer's telephone: texts and WhatsApp.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { SendHorizontal } from "lucide-react";
import { useState } from "react";
import { DateTime, explainDeed, IconButton, TextArea, toast } from "../ui";
import { useWords, type Words } from "../words";
import { BubbleOf, Log, Tries } from "./Bubbles";
import { readTexts, sendText, type SandboxText } from "./sandbox";
import { Trouble } from "./Trouble";

const lookMs = 700;

type States = Words["tryAva"]["states"];

function fate(text: SandboxText, w: States): { words: string; bad: boolean } {
  if (text.direction === "outbound") {
    const words = (w as Record<string, unknown>)[text.status];
    return { words: typeof words === "string" ? words : text.status, bad: /undelivered|failed/.test(text.status) };
  }
  const { product_status: status } = text;
  if (status === undefined) return { words: w.sending, bad: false };
  if (status === 0) return { words: w.notReached, bad: true };
  return status < 300 ? { words: w.taken, bad: false } : { words: w.notTaken(status), bad: true };
}

export function Texts({ who }: { who: string }) {
  const w = useWords().tryAva;
  const client = useQueryClient();
  const key = ["try", "texts", who];
  const { data, error, refetch } = useQuery({ queryKey: key, queryFn: () => readTexts(who), refetchInterval: lookMs, staleTime: 0 });
  const [text, setText] = useState("");
  const { mutate } = useMutation({
    mutationFn: (body: string) => sendText(who, body),
    onMutate: () => setText(""),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
    onError: (failed, body) => {
      setText((now) => now || body);
      toast({ words: explainDeed(failed), tone: "trouble" });
    },
  });
  const submit = (): void => {
    if (text.trim()) mutate(text.trim());
  };
  if (error && !data) return <Trouble error={error} retry={() => void refetch()} />;
  return (
    <>
      <Log label={w.thread} count={JSON.stringify(data?.map((t) => [t.seq, t.status]))}>
        {data?.length === 0 && (
          <div className="m-auto max-w-96 py-6 text-center">
            <p className="text-lg font-semibold">{w.noMessages}</p>
            <p className="mt-1 text-ink-2">{w.noMessagesWhy}</p>
          </div>
        )}
        <ol className="mt-auto">
          {data?.map((t) => {
            const { words, bad } = fate(t, w.states);
            return (
              <BubbleOf key={t.seq} mine={t.direction === "inbound"} bad={bad}
                        foot={<><DateTime at={t.created} className="tabular-nums" /> · {words}</>}>
                {t.body || w.files(t.media.length)}
              </BubbleOf>
            );
          })}
        </ol>
      </Log>
      <form className="shrink-0 border-t border-line px-4 py-3" onSubmit={(e) => { e.preventDefault(); submit(); }}>
        <Tries label={w.triesLabel} tries={w.tries} take={(t) => mutate(t)} />
        <div className="mt-2.5 flex items-end gap-2">
          <TextArea rows={1} aria-label={w.message} placeholder={w.message} value={text} className="field-sizing-content max-h-32 min-h-9"
                    onChange={(e) => setText(e.target.value)}
                    onKeyDown={(e) => {
                      if (e.key !== "Enter" || e.shiftKey || e.nativeEvent.isComposing) return;
                      e.preventDefault();
                      submit();
                    }} />
          <IconButton type="submit" look="main" label={w.send} icon={<SendHorizontal className="size-4.5" />} />
        </div>
      </form>
    </>
  );
}
