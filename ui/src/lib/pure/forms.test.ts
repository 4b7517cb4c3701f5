import { describe, expect, it } from 'vitest';
import type { DimensionsView, FormChoice, Storage } from '../backend';
import { askedWith, changes, changesByLength, fraction, isStale, longName, precise, roundShare, sameShape, shapeOf, share, shortName } from './forms';

describe('forms in words', () => {
  it('keeps as many dimensions as there are, at most', () => {
    const kept = (['full', 'd512', 'd256', 'd64'] as const).map((dims) => shapeOf({ dims, storage: 'f16' }, 384).dims);
    expect(kept).toEqual([384, 384, 256, 64]);
    expect(sameShape(shapeOf({ dims: 'd512', storage: 'f16' }, 384), shapeOf({ dims: 'full', storage: 'f16' }, 384))).toBe(true);
    expect(sameShape({ dims: 64, storage: 'f16' }, { dims: 64, storage: 'int8' })).toBe(false);
    expect(sameShape(null, null)).toBe(false);
  });

  it('has a short and a long name', () => {
    expect([shortName({ dims: 384, storage: 'f16' }), longName({ dims: 64, storage: 'int8' })]).toEqual(['384 · f16', '64 dimensions, int8']);
  });

  it.each([
    [1, '100.0 %', '100 %'],
    [0.9999999, '100.0 %', '100 %'],
    [0.9995, '99.9 %', '99.9 %'],
    [0.99999, '99.9 %', '99.9 %'],
    [0.97, '97.0 %', '97 %'],
    [0.5555, '55.5 %', '55.5 %'],
    [0, '0.0 %', '0 %'],
  ])('a recall of %d is %s', (recall, exact, round) => expect([share(recall), roundShare(recall)]).toEqual([exact, round]));

  it.each([
    [0.72, '0.7 ms'],
    [0.01, '< 0.1 ms'],
    [13.4, '13.4 ms'],
    [99.96, '100 ms'],
    [1240.4, '1,240 ms'],
  ])('%d milliseconds are %s', (ms, words) => expect(precise(ms)).toBe(words));
});

describe('what would be lost', () => {
  it.each([
    [0.0005, '1 in 2,000'],
    [0.001, '1 in 1,000'],
    [0.0065, '1 in 150'],
    [0.0085, '1 in 120'],
    [0.01, '1 in 100'],
    [0.0103, '1 in 95'],
    [0.015, '1 in 65'],
    [0.05, '1 in 20'],
    [Math.fround(1 - Math.fround(0.95)), '1 in 20'],
    [0.1, '1 in 10'],
    [0.17, '1 in 6'],
    [0.25, '1 in 4'],
    [0.4, '2 in 5'],
    [0.5, '1 in 2'],
    [0.68, '2 in 3'],
    [0.7, '7 in 10'],
    [0.99, 'nearly all'],
  ])('a share of %d is %s', (lost, words) => expect(fraction(lost)).toBe(words));

  it('is nothing when nothing changed', () => {
    expect(changes(1, 403)).toBe('no result changed in 403 queries');
    expect(changes(Math.fround(1), 1)).toBe('no result changed in 1 query');
    expect(changes(0.9505, 400)).toBe('1 in 20 top-ten results would change');
  });

  const choice = (dims: number, storage: Storage, rescored: number | null): FormChoice => {
    const form = { dims: dims === 384 ? 'full' : (`d${dims}` as 'd64'), storage } as const;
    const cost = rescored === null ? null : { form, recall: rescored, rescored_recall: rescored, candidates: 10, p50_ms: 1, p95_ms: 2 };
    return { form, dims, memory_bytes: 1, disk_bytes: 1, cost };
  };

  it('is told for every length of one storage', () => {
    const choices = [choice(384, 'int8', 0.9995), choice(384, 'f16', 1), choice(128, 'int8', 0.9935), choice(128, 'f16', 1), choice(64, 'int8', 0.9505), choice(64, 'f16', 0.95)];
    expect(changesByLength(choices, 'int8', 400)).toBe('At 384 dimensions as int8, 1 in 2,000 top-ten results would change; at 128, 1 in 150; at 64, 1 in 20.');
    expect(changesByLength(choices, 'f16', 400)).toBe('At 384 dimensions as f16, no result changed in 400 queries; at 128, none; at 64, 1 in 20 would.');
    expect(changesByLength([choice(64, 'int8', 0.95)], 'int8', 9)).toBe('At 64 dimensions as int8, 1 in 20 top-ten results would change.');
    expect(changesByLength([choice(64, 'int8', null)], 'int8', 9)).toBe('');
  });
});

describe('a measurement', () => {
  const form = { dims: 'full', storage: 'f16' } as const;
  const view = (vectors: number, of: number | null, starred = 0): DimensionsView => ({
    space: 'text',
    model: 'm',
    name: 'M',
    vectors,
    full_dims: 384,
    matryoshka: false,
    rotated: true,
    current: form,
    building: false,
    before: null,
    memory_bytes: 1,
    disk_bytes: 1,
    choices: [],
    measured: of === null ? null : { vectors: of, of_vectors: of, queries: 400, starred, presets: { exact: form, balanced: form, smallest: form } },
  });

  it('says what was asked', () => {
    expect(askedWith(view(9, 9))).toBe('400 of your own passages');
    expect(askedWith(view(9, 9, 1))).toBe('400 of your own passages and 1 starred search');
    expect(askedWith({ ...view(9, 9, 3), space: 'photo' })).toBe('400 of your own photos and 3 starred searches');
    expect(askedWith(view(9, null))).toBe('');
  });

  it('is stale when the library has grown or shrunk by more than a fifth', () => {
    expect([view(120, 100), view(121, 100), view(80, 100), view(79, 100), view(50, null)].map(isStale)).toEqual([false, true, false, true, false]);
  });
});
