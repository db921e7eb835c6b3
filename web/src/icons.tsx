// SPDX-License-Identifier: Apache-2.0
// The page's own small drawings, 20 by 20, in the colour of the text around them. Always beside
// words, so they are hidden from those who listen.
import type { ReactNode } from "react";
import type { Channel } from "./api";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width="20" height="20" fill="none" stroke="currentColor"
         strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      {children}
    </svg>
  );
}

const handset = "M6.6 3.2 4.4 3.6c-.8.2-1.3.9-1.2 1.7.5 6 5.5 11 11.5 11.5.8.1 1.5-.4 1.7-1.2l.4-2.2-3.7-1.7-1.5 1.6c-2.1-.9-3.9-2.7-4.8-4.8l1.6-1.5Z";

const drawings: Record<Channel, ReactNode> = {
  voice: <path d={handset} />,
  sms: (
    <>
      <path d="M3 5.5A2.5 2.5 0 0 1 5.5 3h9A2.5 2.5 0 0 1 17 5.5v5a2.5 2.5 0 0 1-2.5 2.5H9l-4 3.8V13a2.3 2.3 0 0 1-2-2.4Z" />
      <path d="M6.8 8h.01M10 8h.01M13.2 8h.01" strokeWidth="2" />
    </>
  ),
  email: (
    <>
      <rect x="2.5" y="4" width="15" height="12" rx="2" />
      <path d="m3 6 7 5 7-5" />
    </>
  ),
  whatsapp: (
    <>
      <path d="M3 17l1-3.4A7.3 7.3 0 1 1 6.7 16.3Z" />
      <path d="M7.8 6.9c-.9 1-.2 2.7 1.3 4.1 1.5 1.5 3.1 2.1 4.1 1.2l-1.5-1.6-1 .6c-.7-.3-1.3-.9-1.6-1.6l.5-1Z" strokeWidth="1.3" />
    </>
  ),
  web: (
    <>
      <circle cx="10" cy="10" r="7.2" />
      <path d="M2.8 10h14.4M10 2.8c5 4.8 5 9.6 0 14.4-5-4.8-5-9.6 0-14.4Z" />
    </>
  ),
};

export function ChannelIcon({ channel }: { channel: Channel }) {
  return <Icon>{drawings[channel]}</Icon>;
}

export function BackIcon() {
  return <Icon><path d="M12.5 4 6.5 10l6 6" /></Icon>;
}

export function DownIcon() {
  return <Icon><path d="M10 4v12M4.5 10.5 10 16l5.5-5.5" /></Icon>;
}

export function FileIcon() {
  return <Icon><path d="M5 2.5h6L15.5 7v10.5H5ZM11 2.5V7h4.5" /></Icon>;
}

export function WarningIcon() {
  return <Icon><path d="M10 3 2.5 16.5h15ZM10 8v4M10 14.3v.01" /></Icon>;
}
