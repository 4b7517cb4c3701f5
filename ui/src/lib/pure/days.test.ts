import { expect, it } from 'vitest';
import { label, periods, readable, span } from './days';

it.each([
  ['2019', '2019'],
  ['2019-06', 'June 2019'],
  ['2019-06-03', '3 Jun 2019'],
  ['2019-06-01..2019-08-31', '1 Jun – 31 Aug 2019'],
  ['2018-12-01..2019-02-28', '1 Dec 2018 – 28 Feb 2019'],
  ['2019-06-01..', 'from 1 Jun 2019'],
  ['..2019-06-03', 'until 3 Jun 2019'],
  ['2019-13', '2019-13'],
  ['whenever', 'whenever'],
])('%s is read as %s', (days, words) => expect(readable(days, 'en-GB')).toBe(words));

it.each([
  ['2019', { from: '2019-01-01', to: '2019-12-31' }],
  ['2020-02', { from: '2020-02-01', to: '2020-02-29' }],
  ['2019-06-03', { from: '2019-06-03', to: '2019-06-03' }],
  ['2019-06..', { from: '2019-06-01', to: '' }],
  ['..2019', { from: '', to: '2019-12-31' }],
  ['', null],
  ['..', null],
  ['soon', null],
])('%s goes from its first day to its last', (days, ends) => expect(span(days)).toEqual(ends));

it('is a label again', () => {
  expect(label({ from: '2019-06-03', to: '2019-06-03' })).toBe('2019-06-03');
  expect(label({ from: '2019-06-03', to: '' })).toBe('2019-06-03..');
  expect(label({ from: '', to: '' })).toBe('');
});

it('knows the stretches around a day', () => {
  const labels = (today: Date) => periods(today).map((period) => period.label);
  expect(labels(new Date(2024, 5, 12))).toEqual(['2024-06-12', '2024-06-10..2024-06-16', '2024-06', '2024', '2023']);
  expect(labels(new Date(2024, 11, 29))[1]).toBe('2024-12-23..2024-12-29');
});
