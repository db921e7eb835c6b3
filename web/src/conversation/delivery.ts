// SPDX-License-Identifier: Apache-2.0
// Where a message that was sent is, in words.
import type { EmailDetails, SmsDetails } from "../api";
import { words } from "../words";
import { plainWords } from "../words/people";
import { clockTime } from "../words/times";

export interface Delivery {
  words: string;
  /** Where it is, for a drawing: one tick, two, or none. */
  step: "waiting" | "sent" | "delivered" | "read" | "failed";
}

const reason = (text: string | null | undefined, code: string | null): string => {
  const { conversation, common } = words();
  const why = (code && conversation.deliveryErrors[code]) || text || common.noReason;
  return code ? `${why} (${code})` : why;
};

export function textDelivery(sms: SmsDetails): Delivery | null {
  const w = words().conversation.delivery;
  switch (sms.delivery_status) {
    case "queued":
      return { words: w.queued, step: "waiting" };
    case "sent":
      return { words: w.sent, step: "sent" };
    case "delivered":
      return sms.read_at ? { words: w.read(clockTime(sms.read_at)), step: "read" } : { words: w.delivered, step: "delivered" };
    case "failed":
      return { words: w.notSent(reason(sms.error_message, sms.error_code)), step: "failed" };
    case "undelivered":
      return { words: w.notDelivered(reason(sms.error_message, sms.error_code)), step: "failed" };
    default:
      return null; // received: it is here
  }
}

/** What is known of an e-mail that was sent. */
export function letterDelivery(email: EmailDetails): Delivery | null {
  const w = words().conversation.delivery;
  switch (email.delivery_status) {
    case "failed":
      return { words: w.notSent(reason(email.error_message, email.error_code)), step: "failed" };
    case "bounced":
    case "dropped":
      return { words: w.notDelivered(reason(email.error_message, email.error_code)), step: "failed" };
    case "queued":
      return { words: w.queued, step: "waiting" };
  }
  if (email.clicked_at) return { words: w.clicked(clockTime(email.clicked_at)), step: "read" };
  if (email.opened_at) return { words: w.opened(clockTime(email.opened_at)), step: "read" };
  switch (email.delivery_status) {
    case "sent":
      return { words: w.sent, step: "sent" };
    case "delivered":
      return { words: w.delivered, step: "delivered" };
    default:
      return email.delivery_status ? { words: plainWords(email.delivery_status), step: "sent" } : null;
  }
}
