import { expect, it } from 'vitest';
import { examplesOf, exampleWords, withExample, type NamedExample } from './examples';

const roof: NamedExample = { sign: 'like', file: 4, passage: null, name: 'roof.pdf' };
const part: NamedExample = { sign: 'unlike', file: 4, passage: 401, name: 'roof.pdf' };

it('is told in words', () => {
  expect([exampleWords(roof), exampleWords(part)]).toEqual(['Like: roof.pdf', 'Unlike: a passage of roof.pdf']);
});

it('is of one kind at a time', () => {
  const all = withExample(withExample([roof], part), { ...roof, sign: 'unlike' });
  expect(examplesOf(all, 'like')).toEqual([]);
  expect(examplesOf(all, 'unlike')).toEqual([
    { file: 4, passage: 401 },
    { file: 4, passage: null },
  ]);
});
