import { expect, it } from 'vitest';
import type { ExplainedPassage } from '../backend';
import { shaded, strongestSentence, strongestWords } from './shares';

const passage: ExplainedPassage = {
  passage: 1,
  text: 'New roof. Old cat, old roof.',
  cosine: 0.5,
  words: [
    { start: 0, end: 3, share: 0.05 },
    { start: 4, end: 8, share: 0.2 },
    { start: 10, end: 13, share: -0.02 },
    { start: 14, end: 17, share: 0.01 },
    { start: 23, end: 27, share: 0.2 },
  ],
  sentences: [
    { start: 0, end: 9, share: 0.25 },
    { start: 10, end: 28, share: 0.19 },
  ],
};

it('shades words by their share, and loses nothing of the text', () => {
  const parts = shaded(passage);
  expect(parts.map(({ text }) => text).join('')).toBe(passage.text);
  expect(parts.filter(({ shade }) => shade > 0).map(({ text, shade }) => [text, shade])).toEqual([
    ['New', 1],
    ['roof', 4],
    ['roof', 4],
  ]);
});

it('marks the strongest sentence', () => {
  expect(
    shaded(passage)
      .filter(({ strongest }) => strongest)
      .map(({ text }) => text)
      .join(''),
  ).toBe('New roof.');
  expect(strongestSentence(passage)).toBe('New roof.');
});

it('lists the strongest words, each once', () => {
  expect(strongestWords(passage)).toEqual(['roof 80 %', 'new 10 %', 'cat 2 %']);
  expect(strongestWords(passage, 1)).toEqual(['roof 80 %']);
});

it('shades nothing where the vectors do not come apart', () => {
  const whole = { ...passage, words: [], sentences: [] };
  expect(shaded(whole)).toEqual([{ start: 0, text: passage.text, shade: 0, strongest: false }]);
  expect([strongestWords(whole), strongestSentence(whole)]).toEqual([[], '']);
});
