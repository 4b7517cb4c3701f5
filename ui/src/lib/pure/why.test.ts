import { describe, expect, it } from 'vitest';
import { shares, why } from './why';

const channels = (words: number, meaning: number, look: number) => ({
  words,
  meaning,
  look,
  text_cosine: null,
  photo_cosine: null,
  reranked: null,
});

describe('why', () => {
  it('names the channels, the larger first', () => {
    expect(why(channels(0.24, 0.76, 0))).toBe('meaning 76 %, words 24 %');
    expect(why(channels(0, 0, 1))).toBe('look 100 %');
    expect(why(channels(0, 0, 0))).toBe('the conditions are met');
  });

  it('makes a bar as long as the score', () => {
    expect(shares(channels(1, 3, 0), 0.8)).toEqual({ words: 20, meaning: 60, look: 0 });
    const { words, meaning, look } = shares(channels(0.2, 0.2, 0.2), 7);
    expect(words + meaning + look).toBeCloseTo(100);
  });
});
