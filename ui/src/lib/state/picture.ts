/** A picture from outside of the library. Its bytes are kept in memory for as long as it is searched with. */
export interface Picture {
  /** Different for each one. */
  id: number;
  name: string;
  bytes: number[];
}

/** No model looks at a finer picture. */
const SIDE = 768;
const QUALITY = 0.92;

let last = 0;

export async function pictureOf(file: File): Promise<Picture> {
  const blob = await smaller(file);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return { id: ++last, name: file.name || 'pasted picture', bytes: [...bytes] };
}

/** The first picture of what is pasted. */
export const pictureIn = (data: DataTransfer | null): File | undefined =>
  [...(data?.files ?? [])].find(({ type }) => type.startsWith('image/'));

/** The same with fewer pixels: it is sent again with every letter that is typed beside it. As it is where that fails. */
async function smaller(file: Blob): Promise<Blob> {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = SIDE / Math.max(bitmap.width, bitmap.height);
    if (scale >= 1) return file;
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [Math.round(bitmap.width * scale), Math.round(bitmap.height * scale)];
    const context = canvas.getContext('2d');
    if (!context) return file;
    // What is transparent would become black.
    context.fillStyle = 'white';
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return await new Promise<Blob>((done) => canvas.toBlob((blob) => done(blob ?? file), 'image/jpeg', QUALITY));
  } catch {
    return file;
  }
}
