import { expect, it } from 'vitest';
import { models } from '../backend/mock/models';
import { factsOf, quickness } from './models';

it('says what a model is', () => {
  const known = Object.fromEntries(models().map((model) => [model.id, factsOf(model)]));
  expect(known['bge-small-en-v1.5']).toBe('384 dimensions · English · MIT · 133\u00a0MB');
  expect(known['snowflake-arctic-embed-m-v1.5']).toBe('768 dimensions, made to be shortened · English · Apache-2.0 · 436\u00a0MB');
});

it.each([
  [31.2, 8.1, 'text', '31 passages a second, a query in 8 ms on this machine'],
  [2.54, 0.4, 'photo', '2.5 photos a second, a query in < 1 ms on this machine'],
  [1, 1840, 'photo', '1 photo a second, a query in 1.8 s on this machine'],
  [1240, 3, 'text', '1,240 passages a second, a query in 3 ms on this machine'],
])('says how quick it is', (perSecond, query, role, words) => {
  expect(quickness({ per_second: perSecond, query_ms: query }, role)).toBe(words);
});
