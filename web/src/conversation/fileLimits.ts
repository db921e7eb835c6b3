// SPDX-License-Identifier: Apache-2.0
// What may go along with a message by its channel (src/domain/outgoing_limits.c refuses the rest), so
// that it is said before it is sent.
import type { Channel } from "../api";
import { words } from "../words";

const mb = 2 ** 20;

export interface FileLimits {
  files: number;
  bytes: number;
  picture: number;
  /** null: any. */
  types: RegExp | null;
}

const textTypes = /^(image\/(jpeg|png|gif)|video\/(mp4|3gpp|quicktime)|audio\/(mp4|x-m4a|mpeg|ogg|amr)|text\/(x-)?vcard|text\/calendar|application\/pdf)$/;
const whatsappTypes = /^(image\/(jpeg|png)|video\/(mp4|3gpp)|audio\/(mp4|x-m4a|mpeg|ogg|amr)|application\/pdf)$/;

const limits: Partial<Record<Channel, FileLimits>> = {
  sms: { files: 10, bytes: 5 * mb, picture: 5 * mb, types: textTypes },
  whatsapp: { files: 1, bytes: 16 * mb, picture: 5 * mb, types: whatsappTypes },
  email: { files: 20, bytes: 18 * mb, picture: 18 * mb, types: null },
};

/** undefined: files cannot go along there. */
export const limitsOf = (channel: Channel): FileLimits | undefined => limits[channel];

/** A limit, which is a whole number of them. */
export const megabytes = (bytes: number): string => `${Math.floor(bytes / mb)} MB`;

/** Why this one cannot go along; null: it can. */
export function refusal(file: { name: string; type: string; size: number }, l: FileLimits, there: number, bytes: number): string | null {
  const w = words().conversation.attach;
  if (there >= l.files) return w.tooMany(l.files);
  if (l.types && !l.types.test(file.type)) return w.wrongKind(file.name);
  if (file.size === 0) return w.emptyFile(file.name);
  const most = file.type.startsWith("image/") ? l.picture : l.bytes;
  if (file.size > most) return w.tooLarge(file.name, megabytes(most));
  return bytes + file.size > l.bytes ? w.tooLargeTogether(megabytes(l.bytes)) : null;
}
