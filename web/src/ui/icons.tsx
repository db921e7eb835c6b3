// SPDX-License-Identifier: Apache-2.0
// The channels' drawings. All others are lucide's, imported where they are used. Icons stand beside
// words, so they are hidden from those who listen (lucide does it by itself).
import { Globe, Mail, MessageCircle, MessageSquareText, Phone, type LucideIcon } from "lucide-react";
import type { Channel } from "../api";

const drawings: Record<Channel, LucideIcon> = {
  voice: Phone,
  sms: MessageSquareText,
  email: Mail,
  whatsapp: MessageCircle,
  web: Globe,
};

export function ChannelIcon({ channel, className = "size-4" }: { channel: Channel; className?: string }) {
  const Drawing = drawings[channel];
  return <Drawing className={className} strokeWidth={1.75} aria-hidden="true" />;
}
