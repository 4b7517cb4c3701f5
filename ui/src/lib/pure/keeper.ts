/** Which of some files that are the same, or nearly, a person would most likely keep, and why. Nothing is done with it. */

import type { Item, Sameness } from '../backend';

export type Candidate = Pick<Item, 'family' | 'name' | 'folder' | 'date_ms' | 'size'> & {
  /** Pixels of a picture, where they are known. */
  pixels?: number;
};

export interface Suggestion {
  /** Its place among the candidates. */
  place: number;
  reasons: string[];
}

/** Folders in which files lie for the time being. */
const PASSING = /(^|[\s/\\_-])(downloads?|desktop|te?mp|temporary|cop(y|ies)|old|trash)([\s/\\_-]|$)/i;
/** What programs add to the names of copies. */
const COPY = /\bcop(y|ie)\b|\(\d+\)|\bkopie\b/i;
/** What is larger by less is not larger. */
const CLEARLY = 1.1;

interface Reason {
  words: string;
  weight: number;
  holds: boolean[];
}

const isMost = (values: readonly number[], margin: number): boolean[] =>
  values.map((value, i) => values.every((other, j) => j === i || value > other * margin));

/** What sets the candidates apart. A reason that holds for all of them, or for none, is none. */
function reasonsFor(files: readonly Candidate[], sameness: Sameness): Reason[] {
  const pictures = files.every(({ family }) => family === 'photo');
  const pixels = files.map((file) => file.pixels);
  const knowsPixels = pixels.every((n) => n !== undefined);
  const copies = files.map(({ name }) => COPY.test(name));
  const reasons: Reason[] = [
    { words: 'not in a folder for downloads, copies or the desktop', weight: 4, holds: files.map(({ folder }) => !PASSING.test(folder)) },
    { words: 'its name is not that of a copy', weight: 3, holds: copies.map((copy) => !copy) },
  ];
  if (sameness !== 'exact') {
    if (pictures && knowsPixels) reasons.push({ words: 'the larger picture', weight: 5, holds: isMost(pixels, CLEARLY) });
    else if (pictures) reasons.push({ words: 'the larger file', weight: 2, holds: isMost(files.map(({ size }) => size), CLEARLY) });
    else reasons.push({ words: 'the newest', weight: 5, holds: isMost(files.map(({ date_ms }) => date_ms), 1) });
  }
  const lengths = files.map(({ name }) => -name.length);
  reasons.push({ words: 'the shorter name', weight: 1, holds: isMost(lengths, 1) });
  return reasons.filter(({ holds }) => holds.includes(true) && holds.includes(false));
}

/** The file with the best reasons; null where nothing sets one of them apart. */
export function suggestKeeper(files: readonly Candidate[], sameness: Sameness): Suggestion | null {
  const reasons = reasonsFor(files, sameness);
  const scores = files.map((_, i) => reasons.reduce((sum, { weight, holds }) => sum + (holds[i] ? weight : 0), 0));
  const best = Math.max(...scores);
  const place = scores.indexOf(best);
  if (place < 0 || scores.filter((score) => score === best).length > 1) return null;
  return { place, reasons: reasons.filter(({ holds }) => holds[place]).map(({ words }) => words) };
}
