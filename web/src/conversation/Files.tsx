// SPDX-License-Identifier: Apache-2.0
// The files that came with a message: pictures to look at, all else to keep, and why one is missing.
import { FileText, TriangleAlert } from "lucide-react";
import type { Attachment } from "../api";
import { cx } from "../ui";
import { useWords, words } from "../words";
import { fileSize } from "../words/times";

const shown = new Set(["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]);

/** What people call it. */
function kindOf(file: Attachment): string {
  const w = words().conversation.files;
  const type = file.content_type ?? file.declared_type;
  if (type.startsWith("image/")) return w.photo;
  if (type.startsWith("video/")) return w.video;
  if (type.startsWith("audio/")) return w.recording;
  if (type === "text/vcard" || type === "text/x-vcard") return w.contact;
  return w.file;
}

export const fileClass = "inline-flex items-center gap-1.5 rounded-lg border border-line bg-panel px-2.5 py-1 text-sm text-ink [overflow-wrap:anywhere]";

function OneFile({ file, sent }: { file: Attachment; sent: boolean }) {
  const w = useWords().conversation.files;
  const name = file.filename ?? kindOf(file);
  if (file.state === "waiting") {
    return <span className={fileClass}><FileText className="size-4 shrink-0" />{name}<small className="text-ink-2">{w.fetching}</small></span>;
  }
  if (!file.url) {
    const why = file.state === "refused" ? w.refused : w.failed;
    return (
      <span className="inline-flex items-center gap-1.5 rounded-lg bg-fair-soft px-2.5 py-1 text-sm text-fair" data-missing>
        <TriangleAlert className="size-4 shrink-0" />{name} {why}{file.reason && `: ${file.reason}`}
      </span>
    );
  }
  if (file.content_type && shown.has(file.content_type)) {
    return (
      <a href={file.url} download>
        <img src={file.url} alt={sent ? name : w.fromCustomer(name)} loading="lazy" className="block max-h-64 max-w-full rounded-lg border border-line wide:max-w-64" />
      </a>
    );
  }
  return (
    <a className={`${fileClass} no-underline hover:bg-sunk`} href={file.url} download>
      <FileText className="size-4 shrink-0" />{name}{file.size_bytes !== null && <small className="text-ink-2">{fileSize(file.size_bytes)}</small>}
    </a>
  );
}

export function Files({ files, sent = false }: { files: Attachment[]; sent?: boolean }) {
  const w = useWords().conversation.files;
  return (
    <ul className={cx("files mb-1 flex flex-wrap gap-1.5", sent && "justify-end")} aria-label={w.label}>
      {files.map((file) => <li key={file.id}><OneFile file={file} sent={sent} /></li>)}
    </ul>
  );
}
