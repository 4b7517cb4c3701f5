import { expect, it } from 'vitest';
import { linesOf, rebase, rulesIn } from './rules';

it('makes lines of a text, without the empty ones at the end', () => {
  expect(linesOf('*.log\n\n!keep.log\n \n')).toEqual(['*.log', '', '!keep.log']);
  expect([linesOf(''), linesOf('\n\n')]).toEqual([[], []]);
  expect(linesOf('a\\ \n')).toEqual(['a\\ ']);
});

it('counts rules, not remarks and empty lines', () => {
  expect(rulesIn(['# mine', '*.log', '', ' ', '!keep.log', '#recycle/', '\\#1.txt'])).toBe(4);
});

it('keeps what was typed when the rules change meanwhile', () => {
  expect(rebase('', [], ['a', 'b'])).toBe('a\nb');
  expect(rebase('a\nb\n', ['a', 'b'], ['a', 'b'])).toBe('a\nb\n');
  expect(rebase('a\nb', ['a', 'b'], ['b', 'c'])).toBe('b\nc');
  expect(rebase('a\nmine\n', ['a', 'b'], ['a', 'b', '/home/x.pdf'])).toBe('a\nmine\n/home/x.pdf');
  expect(rebase('a\nmine', ['a'], ['a', 'mine'])).toBe('a\nmine');
  expect(rebase('mine\n/home/x.pdf', ['/home/x.pdf'], [])).toBe('mine');
});
