import { expect, it } from 'vitest';
import type { PreviewText } from '../backend';
import { pageOf } from './pages';

const text = (passage: PreviewText['passage'], page_starts: PreviewText['page_starts']): PreviewText => ({
  text: '',
  more_before: false,
  more_after: false,
  passage,
  marks: [],
  page_starts,
  ordinal: null,
  previous: null,
  next: null,
});

it.each([
  ['in the middle of a page', [120, 140], [[4, 100], [5, 300]], 4],
  ['where a page begins', [300, 340], [[4, 100], [5, 300]], 5],
  ['before the first page that begins', [20, 40], [[4, 100]], 3],
  ['before the first page of all', [0, 40], [[1, 10]], 1],
  ['nowhere', null, [[7, 0]], 7],
] as const)('knows the page of a passage %s', (_, passage, starts, page) =>
  expect(pageOf(text(passage && [...passage], starts.map(([number, at]) => [number, at])))).toBe(page),
);

it('knows nothing without pages', () => expect([pageOf(null), pageOf(text([0, 9], []))]).toEqual([null, null]));
