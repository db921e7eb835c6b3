// SPDX-License-Identifier: Apache-2.0
// Pictures that are to be sent: made smaller where the channel takes only small ones, and a small one
// to show beside the name. What the browser cannot read as a picture stays as it is.
const longestSide = 2048;
const thumbSide = 96;

async function drawn(file: Blob, longest: number): Promise<HTMLCanvasElement | null> {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, longest / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    const context = canvas.getContext("2d");
    if (!context) return null;
    context.fillStyle = "#fff"; // JPEG has no transparency
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return canvas;
  } catch {
    return null;
  }
}

/** As a data: address of some kilobytes; null: it is no picture. */
export async function thumbOf(file: Blob): Promise<string | null> {
  if (!file.type.startsWith("image/")) return null;
  return (await drawn(file, thumbSide))?.toDataURL("image/jpeg", 0.7) ?? null;
}

/** A JPEG that is small enough for a text, or the file as it is. */
export async function madeSmaller(file: File, types: RegExp, most: number): Promise<File> {
  if (!file.type.startsWith("image/") || (types.test(file.type) && file.size <= most)) return file;
  const canvas = await drawn(file, longestSide);
  const blob = canvas && await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return blob ? new File([blob], file.name.replace(/(\.\w{1,5})?$/, ".jpg"), { type: "image/jpeg" }) : file;
}
