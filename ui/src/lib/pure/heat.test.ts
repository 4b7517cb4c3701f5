import { expect, it } from 'vitest';
import type { HeatMap } from '../backend';
import { heatColour, warmth, whereWords } from './heat';

/** Rows of a picture, `#`: speaks for the query. */
const map = (...rows: string[]): HeatMap => ({
  side: rows.length,
  values: [...rows.join('')].map((cell) => (cell === '#' ? 0.2 : cell === '-' ? -0.1 : 0.02)),
  cosine: 0.3,
});

it.each([
  [map('##.', '...', '...'), 'mostly the upper part'],
  [map('#..', '...', '...'), 'mostly upper left'],
  [map('...', '...', '..#'), 'mostly lower right'],
  [map('...', '.#.', '...'), 'mostly the middle'],
  [map('...', '..#', '...'), 'mostly on the right'],
  [map('###', '###', '...'), 'spread over the whole picture'],
  [map('---', '---', '---'), 'nowhere in particular'],
])('tells where it is: %o', (heat, words) => expect(whereWords(heat)).toBe(words));

it('is cold where a cell speaks against the query', () => {
  expect(warmth(map('#-', '..')).map((value) => Number(value.toFixed(2)))).toEqual([1, 0, 0.1, 0.1]);
});

it('goes from dark to light', () => {
  expect([heatColour(0), heatColour(1)]).toEqual(['rgb(0 32 76)', 'rgb(255 233 69)']);
});
