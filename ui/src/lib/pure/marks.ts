/** Text cut into runs of the same look. Ranges count UTF-16 units, as the engine sends them. */

import type { Marked } from '../backend';

export interface Segment {
  /** Where it begins in the text. */
  start: number;
  text: string;
  /** Matched a word, or carries an answer. */
  mark: boolean;
  /** Belongs to the passage that was asked for. */
  passage: boolean;
  /** Number of the page that begins here. */
  page: number | null;
}

export interface Ranges {
  marks?: readonly (readonly [number, number])[];
  passage?: readonly [number, number] | null;
  /** Page number and where it begins. */
  pages?: readonly (readonly [number, number])[];
}

const inside = (at: number, [start, end]: readonly [number, number]) => start <= at && at < end;

/** Cuts `text` at every border of a range. Borders outside the text are ignored; nothing of the text is lost. */
export function segments(text: string, { marks = [], passage = null, pages = [] }: Ranges): Segment[] {
  const borders = [0, text.length, ...marks.flat(), ...(passage ?? []), ...pages.map(([, at]) => at)];
  const cuts = [...new Set(borders)].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b);
  const result: Segment[] = [];
  for (let i = 0; i + 1 < cuts.length; i += 1) {
    const start = cuts[i] ?? 0;
    result.push({
      start,
      text: text.slice(start, cuts[i + 1]),
      mark: marks.some((range) => inside(start, range)),
      passage: passage !== null && inside(start, passage),
      page: pages.find(([, at]) => at === start)?.[0] ?? null,
    });
  }
  return result;
}

/** From here on a mark is too far from the beginning for where there is room for a few words only. */
const NEAR = 12;

/** The text from its first mark on, so that this is in sight where a few words are. */
export function fromFirstMark({ text, marks }: Marked): Marked {
  const start = marks[0]?.[0] ?? 0;
  if (start < NEAR) return { text, marks };
  const before = '… ';
  const shift = before.length - start;
  return { text: before + text.slice(start), marks: marks.map(([from, to]) => [from + shift, to + shift]) };
}
