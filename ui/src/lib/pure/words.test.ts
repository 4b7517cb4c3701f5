import { describe, expect, it } from 'vitest';
import { bytes, count, fates, milliseconds, percent, place, plural, progress, rate, standstill, timeLeft } from './words';

describe('numbers in words', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [2_412_000, '2.4 MB'],
    [99_460_000, '99.5 MB'],
    [153_000_000, '153 MB'],
    [999_700, '1 MB'],
    [1_710_540_580, '1.7 GB'],
  ])('%d bytes are %s', (n, words) => expect(bytes(n)).toBe(words));

  it('counts one thing and several', () => {
    expect([plural(1, 'file'), plural(0, 'file'), plural(4812, 'file'), plural(2, 'copy', 'copies')]).toEqual([
      '1 file',
      '0 files',
      '4,812 files',
      '2 copies',
    ]);
    expect(count(1234567)).toBe('1,234,567');
  });

  it.each([
    [null, ''],
    [Infinity, ''],
    [-1, ''],
    [3, 'a few seconds left'],
    [34, 'about 30 s left'],
    [56, 'about 1 min left'],
    [190, 'about 3 min left'],
    [3599, 'about 1 h left'],
    [7200, 'about 2 h left'],
    [200_000, 'about 2 days left'],
  ])('%s seconds: "%s"', (seconds, words) => expect(timeLeft(seconds)).toBe(words));

  it.each([
    [0, 'files', ''],
    [NaN, 'files', ''],
    [38.2, 'files', '38 files/s'],
    [2.5, 'files', '2.5 files/s'],
    [0.2, 'files', '12 files/min'],
    [3_100_000, 'bytes', '3.1 MB/s'],
  ])('%d %s a second: "%s"', (perSecond, unit, words) => expect(rate(perSecond, unit)).toBe(words));

  it('says how far work has come, also without a total', () => {
    expect(progress(4812, 7740, 'files')).toBe('4,812 of 7,740 files');
    expect(progress(4812, 0, 'files')).toBe('4,812 files');
    expect(progress(12_000_000, 90_000_000, 'bytes')).toBe('12 MB of 90 MB');
  });

  it('is never complete before the end', () => {
    expect([percent(0, 0), percent(0, 3), percent(9_999, 10_000), percent(3, 3), percent(4, 3)]).toEqual([null, 0, 99, 100, 100]);
  });

  it('tells times and places', () => {
    expect([milliseconds(0.4), milliseconds(23.4), milliseconds(1840)]).toEqual(['< 1 ms', '23 ms', '1.8 s']);
    expect(place([-33.8568, 151.2153])).toBe('33.8568° S, 151.2153° E');
  });
});

describe('jobs in words', () => {
  const files = { read: 1204, merged: 96, unchanged: 10_300 };
  const none = { read: 0, merged: 0, unchanged: 0 };

  it('says what became of files, and nothing of what did not happen', () => {
    expect(fates({ kind: 'index', files, failed: 3 })).toEqual(['1,204 read', '96 the same as others', '10,300 unchanged', '3 failed']);
    expect(fates({ kind: 'index', files: { ...none, read: 1 }, failed: 0 })).toEqual(['1 read']);
    expect(fates({ kind: 'index', files: none, failed: 0 })).toEqual([]);
    expect([fates({ kind: 'map', files, failed: 0 }), fates({ kind: 'map', files, failed: 1 })]).toEqual([[], ['1 file could not be read']]);
  });

  it.each([
    ['running', false, ''],
    ['queued', false, 'Waiting for its turn'],
    ['paused', false, 'Paused'],
    ['paused', true, 'Waiting for the charger'],
  ] as const)('%s, held for power: %s: "%s"', (state, waits_for_power, words) => expect(standstill({ state, waits_for_power })).toBe(words));
});
