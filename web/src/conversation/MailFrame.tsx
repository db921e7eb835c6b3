// SPDX-License-Identifier: Apache-2.0
// An e-mail as it was designed: cleaned of everything that acts, and shown in a frame that runs no
// script, sends no form and, until the reader asks, loads nothing from elsewhere. The frame's page is
// the server's (/mail, /mail-images), because its Content-Security-Policy is: ours allows no style
// attributes, which mails are made of. Loaded on demand.
import DOMPurify from "dompurify";
import { ImageOff } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "../ui";
import { useWords } from "../words";

const most = 2_000_000; // characters; a longer one is cut

interface Cleaned {
  html: string;
  /** It asks for something from elsewhere. */
  remote: boolean;
}

/** Parsed with the frame's own window: there styles are allowed, and nothing runs. */
function clean(html: string, within: Window & typeof globalThis): Cleaned {
  let remote = false;
  const purify = DOMPurify(within);
  purify.addHook("afterSanitizeAttributes", (node) => {
    if (node.tagName === "A") {
      node.setAttribute("target", "_blank");
      node.setAttribute("rel", "noopener noreferrer nofollow");
    }
    for (const name of ["src", "srcset", "background", "poster", "style"]) {
      if (/\b(https?:)?\/\//i.test(node.getAttribute(name) ?? "")) remote = true;
    }
  });
  const cleaned = purify.sanitize(html.slice(0, most), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["form", "input", "button", "select", "textarea", "iframe", "object", "embed", "base", "link", "meta", "video", "audio"],
    FORBID_ATTR: ["action", "formaction", "ping", "autofocus", "id", "name"],
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|data:image\/(?:png|jpe?g|gif|webp);)/i,
    WHOLE_DOCUMENT: false,
    FORCE_BODY: true,
  });
  return { html: cleaned, remote: remote || /url\(\s*['"]?(https?:)?\/\//i.test(cleaned) };
}

export default function MailFrame({ html }: { html: string }) {
  const w = useWords().conversation;
  const frame = useRef<HTMLIFrameElement>(null);
  const [images, setImages] = useState(false);
  const [height, setHeight] = useState(120);
  const [remote, setRemote] = useState(false);

  useEffect(() => {
    const el = frame.current;
    if (!el) return undefined;
    let sizes: ResizeObserver | undefined;
    function fill(): void {
      const inner = el?.contentDocument;
      const within = el?.contentWindow as (Window & typeof globalThis) | null | undefined;
      if (!inner?.body || !within || inner.location.pathname === "blank") return;
      const cleaned = clean(html, within);
      setRemote(cleaned.remote);
      inner.body.innerHTML = cleaned.html;
      const style = inner.createElement("style");
      style.textContent = "html{color-scheme:light}body{margin:12px;font:14px/1.5 system-ui,sans-serif;color:#1f2523;background:#fff;overflow-wrap:anywhere}img{max-width:100%;height:auto}";
      inner.head.append(style);
      sizes = new ResizeObserver(() => setHeight(Math.min(inner.documentElement.scrollHeight, 4000)));
      sizes.observe(inner.body);
    }
    el.addEventListener("load", fill);
    return () => {
      sizes?.disconnect();
      el.removeEventListener("load", fill);
    };
  }, [html, images]);

  return (
    <div>
      {remote && !images && (
        <p className="mb-2 flex flex-wrap items-center gap-2 rounded-md bg-sunk px-2.5 py-1.5 text-sm text-ink-2">
          <ImageOff className="size-4 shrink-0" aria-hidden="true" /><span className="min-w-0 flex-1">{w.remoteImages}</span>
          <Button size="sm" onClick={() => setImages(true)}>{w.loadImages}</Button>
        </p>
      )}
      <iframe key={String(images)} ref={frame} title={w.mailFrame} src={images ? "/mail-images" : "/mail"} style={{ height }}
              sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox" referrerPolicy="no-referrer"
              className="block w-full rounded-md border border-line bg-white" />
    </div>
  );
}
