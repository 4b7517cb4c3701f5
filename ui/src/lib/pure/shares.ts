/** A passage taken apart: which of its words speak for the query, and how much. */

import type { ExplainedPassage, TextShare } from '../backend';

export interface Shaded {
  start: number;
  text: string;
  /** 0: adds nothing, or takes away; 4: about as much as the strongest word. */
  shade: 0 | 1 | 2 | 3 | 4;
  /** Belongs to the sentence that adds most. */
  strongest: boolean;
}

const LEVELS = 4;

const largest = (parts: readonly TextShare[]): TextShare | undefined =>
  parts.reduce<TextShare | undefined>((most, part) => (part.share > (most?.share ?? 0) ? part : most), undefined);

/** The text in runs: each word with its shade, and what stands between them. Nothing of the text is lost. */
export function shaded({ text, words, sentences }: ExplainedPassage): Shaded[] {
  const most = largest(words)?.share ?? 0;
  const best = largest(sentences);
  const borders = [0, text.length, ...words.flatMap(({ start, end }) => [start, end]), ...(best ? [best.start, best.end] : [])];
  const cuts = [...new Set(borders)].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b);
  const shades = new Map(words.map(({ start, share }) => [start, share]));
  return cuts.slice(0, -1).map((start, i) => {
    const share = shades.get(start) ?? 0;
    return {
      start,
      text: text.slice(start, cuts[i + 1]),
      shade: (most > 0 && share > 0 ? Math.min(LEVELS, Math.floor((share / most) * LEVELS + 0.5)) : 0) as Shaded['shade'],
      strongest: best !== undefined && start >= best.start && start < best.end,
    };
  });
}

/** The words that add most, in parts of all that is added: "tiles 12 %". The same word is told once. */
export function strongestWords({ text, cosine, words }: ExplainedPassage, most = 6): string[] {
  if (cosine <= 0) return [];
  const sums = new Map<string, number>();
  for (const { start, end, share } of words) {
    const word = text.slice(start, end).toLowerCase();
    sums.set(word, (sums.get(word) ?? 0) + share);
  }
  return [...sums]
    .map(([word, share]) => ({ word, percent: Math.round((100 * share) / cosine) }))
    .filter(({ percent }) => percent > 0)
    .sort((a, b) => b.percent - a.percent)
    .slice(0, most)
    .map(({ word, percent }) => `${word} ${percent} %`);
}

/** The text of the sentence that adds most; empty where no sentence adds anything. */
export function strongestSentence({ text, sentences }: ExplainedPassage): string {
  const best = largest(sentences);
  return best ? text.slice(best.start, best.end) : '';
}
