// SPDX-License-Identifier: Apache-2.0
// The files that came with a text: pictures to look at, all else to keep, and why one is missing.
import type { Attachment } from "./api";
import { FileIcon, WarningIcon } from "./icons";
import { fileSize } from "./words";

const shown = new Set(["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"]);

/** What people call it. */
function kindOf(file: Attachment): string {
  const type = file.content_type ?? file.declared_type;
  if (type.startsWith("image/")) return "Photo";
  if (type.startsWith("video/")) return "Video";
  if (type.startsWith("audio/")) return "Recording";
  if (type === "text/vcard" || type === "text/x-vcard") return "Contact";
  return "File";
}

function OneFile({ file }: { file: Attachment }) {
  const name = file.filename ?? kindOf(file);
  if (file.state === "waiting") return <span className="file"><FileIcon />{name}<small>is being fetched</small></span>;
  if (!file.url) {
    const why = file.state === "refused" ? "was refused" : "could not be had";
    return <span className="file" data-missing><WarningIcon />{name} {why}{file.reason && `: ${file.reason}`}</span>;
  }
  if (file.content_type && shown.has(file.content_type)) {
    return <a href={file.url} download><img src={file.url} alt={`${name} from the customer`} loading="lazy" /></a>;
  }
  return (
    <a className="file" href={file.url} download>
      <FileIcon />{name}{file.size_bytes !== null && <small>{fileSize(file.size_bytes)}</small>}
    </a>
  );
}

export function Files({ files }: { files: Attachment[] }) {
  return (
    <ul className="files" aria-label="Files">
      {files.map((file) => <li key={file.id}><OneFile file={file} /></li>)}
    </ul>
  );
}
