import { expect, it } from 'vitest';
import { changeWords, placeWords, signed } from './evaluation';

it.each([
  [1, '1st'],
  [2, '2nd'],
  [3, '3rd'],
  [4, '4th'],
  [11, '11th'],
  [12, '12th'],
  [22, '22nd'],
  [null, 'not in the first 50'],
] as const)('%s is the place %s', (place, words) => expect(placeWords(place)).toBe(words));

it('has a sign', () => expect([signed(0.0214), signed(-0.5), signed(-0.0001)]).toEqual(['+0.021', '−0.500', '±0']));

it('says when a difference could be chance', () => {
  const change = { queries: 7, ndcg_10: 0.02, better: 3, worse: 1, p: 0.19 };
  expect(changeWords(change)).toBe('nDCG@10 +0.020 over 7 searches: 3 better, 1 worse. That could be chance (p = 0.19).');
  expect(changeWords({ ...change, p: 0.05 })).toContain('hardly chance (p = 0.05)');
  expect(changeWords({ ...change, p: 0.001 })).toContain('hardly chance (p < 0.01)');
  expect(changeWords({ queries: 1, ndcg_10: 0, better: 0, worse: 0, p: 1 })).toBe('nDCG@10 ±0 over 1 search: 0 better, 0 worse. Nothing has changed.');
});
