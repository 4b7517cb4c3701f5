import { expect, it } from 'vitest';
import type { Chip } from '../backend';
import { chipFor, chipWords, condition, without } from './chips';

const chip = (field: string, label: string, more: Partial<Chip> = {}): Chip => ({
  start: 0,
  end: 0,
  field,
  label,
  negated: false,
  spoken: false,
  ...more,
});

it.each([
  [chip('kind', 'pdf, docx'), 'Kind: pdf, docx'],
  [chip('in', 'archive', { negated: true }), 'Not in: archive'],
  [chip('date', '2019-06'), 'June 2019'],
  [chip('date', '2019, 2021'), '2019, 2021'],
  [chip('date', '2019-06-01..', { spoken: true }), 'From 1 Jun 2019'],
  [chip('before', '2019'), 'Before 2019'],
  [chip('before', '2024-06-03..2024-06-09', { negated: true }), 'Not before 3 Jun 2024'],
  [chip('after', '2024-06-03..2024-06-09'), 'After 9 Jun 2024'],
])('%o is told in words', (part, words) => expect(chipWords(part, 'en-GB')).toBe(words));

it.each([
  ['in', 'holidays', 'in:holidays'],
  ['in', ' "old" files ', 'in:"old files"'],
  ['place', 'Rome, New York,', 'place:Rome,"New York"'],
  ['camera', ' ', ''],
])('what is asked of %s as “%s” is typed as %s', (field, values, text) => expect(condition(field, values)).toBe(text));

it.each([
  ['dogs kind:pdf beach', [[5, 13]], 'dogs beach'],
  ['kind:pdf dogs', [[0, 8]], 'dogs'],
  ['dogs  kind:pdf', [[6, 14]], 'dogs'],
  ['北京的照片', [[2, 5]], '北京'],
  ['🦀 ext:a ext:b x', [[3, 8], [9, 14]], '🦀 x'],
] as [string, [number, number][], string][])('what is left of “%s” without %j', (query, ranges, left) =>
  expect(without(query, ranges.map(([start, end]) => chip('ext', '', { start, end })))).toBe(left),
);

it('finds the chip of a value, alone or among others', () => {
  const chips = [chip('kind', 'jpeg', { negated: true }), chip('kind', 'PDF, docx')];
  expect(chipFor(chips, 'kind', 'pdf')).toBe(chips[1]);
  expect(chipFor(chips, 'kind', 'jpeg')).toBeUndefined();
});
