import { expect, it } from 'vitest';
import { linesOf, rulesIn } from './rules';

it('makes lines of a text, without the empty ones at the end', () => {
  expect(linesOf('*.log\n\n!keep.log\n \n')).toEqual(['*.log', '', '!keep.log']);
  expect([linesOf(''), linesOf('\n\n')]).toEqual([[], []]);
  expect(linesOf('a\\ \n')).toEqual(['a\\ ']);
});

it('counts rules, not remarks and empty lines', () => {
  expect(rulesIn(['# mine', '*.log', '', ' ', '!keep.log', '#recycle/', '\\#1.txt'])).toBe(4);
});
