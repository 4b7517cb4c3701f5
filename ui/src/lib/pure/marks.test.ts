import { describe, expect, it } from 'vitest';
import { fromFirstMark, segments } from './marks';

const brief = (text: string, ranges: Parameters<typeof segments>[1]) =>
  segments(text, ranges).map(({ text, mark, passage, page }) => [text, mark, passage, page]);

describe('segments', () => {
  it('cuts at marks, at the passage and where pages begin', () => {
    expect(brief('one two three four', { marks: [[4, 7]], passage: [4, 13], pages: [[2, 14]] })).toEqual([
      ['one ', false, false, null],
      ['two', true, true, null],
      [' three', false, true, null],
      [' ', false, false, null],
      ['four', false, false, 2],
    ]);
  });

  it('keeps every character, whatever the ranges', () => {
    const text = 'a👩‍👧b رسالة c';
    for (let seed = 1; seed < 200; seed += 1) {
      const at = (n: number) => (seed * n) % (text.length + 3);
      const parts = segments(text, {
        marks: [
          [at(3), at(5)],
          [at(7), at(11)],
        ],
        passage: [at(13), at(17)],
        pages: [[1, at(19)]],
      });
      expect(parts.map((part) => part.text).join('')).toBe(text);
      expect(new Set(parts.map((part) => part.start)).size).toBe(parts.length);
    }
  });

  it('shows plain text as one piece and nothing as none', () => {
    expect(brief('plain', {})).toEqual([['plain', false, false, null]]);
    expect(segments('', { marks: [[0, 4]] })).toEqual([]);
  });

  it('does not take markup for anything but text', () => {
    expect(brief('<img src=x onerror=alert(1)>', { marks: [[1, 4]] }).map(([text]) => text)).toEqual([
      '<',
      'img',
      ' src=x onerror=alert(1)>',
    ]);
  });
});

it('brings the first mark to the beginning where it stands far from it', () => {
  const text = 'Net 2,840.00. Tax 19 %. Total 3,379.60.';
  const { text: shown, marks } = fromFirstMark({ text, marks: [[14, 17], [24, 29]] });
  expect([shown, ...marks.map(([from, to]) => shown.slice(from, to))]).toEqual(['… Tax 19 %. Total 3,379.60.', 'Tax', 'Total']);
  expect(fromFirstMark({ text, marks: [[0, 3]] })).toEqual({ text, marks: [[0, 3]] });
  expect(fromFirstMark({ text, marks: [] }).text).toBe(text);
});
