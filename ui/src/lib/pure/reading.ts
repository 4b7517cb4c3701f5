import type { OcrView } from '../backend';
import { plural } from './words';

/** How far reading text in photos is, in a sentence or two; nothing where there is nothing to tell. */
export function readSoFar({ chosen, photos_with_text: found, photos_waiting: waiting }: OcrView): string {
  const photos = plural(found, 'photo');
  if (chosen === null) return found > 0 ? `Text that was found in ${photos} can still be searched.` : '';
  if (waiting === 0) return found > 0 ? `Text was found in ${photos}. Every photo has been looked through.` : 'No text was found in photos.';
  const left = `${plural(waiting, 'photo is', 'photos are')} still to be looked through.`;
  return found > 0 ? `Text was found in ${photos}; ${left}` : `No text was found yet; ${left}`;
}
