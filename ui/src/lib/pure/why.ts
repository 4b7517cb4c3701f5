import type { Channels } from '../backend';

interface Shares {
  words: number;
  meaning: number;
  look: number;
}

function normal({ words, meaning, look }: Shares): Shares {
  const sum = words + meaning + look;
  return sum > 0 ? { words: words / sum, meaning: meaning / sum, look: look / sum } : { words: 0, meaning: 0, look: 0 };
}

/** Whether a channel found it. Otherwise it is listed because it meets the conditions of the query. */
export const isRanked = ({ words, meaning, look }: Channels): boolean => words + meaning + look > 0;

/** Percents of a bar as long as the score, cut by what each channel brought. */
export function shares(channels: Channels, score: number): Shares {
  const { words, meaning, look } = normal(channels);
  const length = 100 * Math.min(1, Math.max(0.04, score));
  return { words: words * length, meaning: meaning * length, look: look * length };
}

/** "meaning 76 %, words 24 %", the larger first. */
export function why(channels: Channels): string {
  const parts = Object.entries(normal(channels))
    .map(([name, share]) => ({ name, percent: Math.round(share * 100) }))
    .filter(({ percent }) => percent > 0)
    .sort((a, b) => b.percent - a.percent);
  return parts.length > 0 ? parts.map(({ name, percent }) => `${name} ${percent} %`).join(', ') : 'the conditions are met';
}
