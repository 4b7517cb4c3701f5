import { describe, expect, it } from 'vitest';
import type { Hit } from '../backend';
import { arrange, grouped, walk } from './rows';

/** d: a document, p: a photo. */
const hits = (kinds: string) =>
  [...kinds].map((kind, file) => ({ file, family: kind === 'p' ? 'photo' : 'document' }) as Hit);

describe('arrange', () => {
  it('puts one strip of photos where the best photo ranks', () => {
    expect(arrange(hits('dpdpp'), 'all', 2)).toEqual([
      { kind: 'card', index: 0 },
      { kind: 'photos', indices: [1, 3] },
      { kind: 'card', index: 2 },
    ]);
  });

  it('makes a grid of photos alone', () => {
    expect(arrange(hits('ppppp'), 'photos', 2)).toEqual([
      { kind: 'photos', indices: [0, 1] },
      { kind: 'photos', indices: [2, 3] },
      { kind: 'photos', indices: [4] },
    ]);
  });

  it('has no rows without hits', () => expect(arrange([], 'all', 6)).toEqual([]));
});

describe('grouped', () => {
  const dated = hits('dpdpp').map((hit, i) => ({ ...hit, folder: i % 2 === 0 ? 'A' : 'B', date_ms: Date.UTC(2025, i < 3 ? 7 : 5, 9) }));

  it('keeps the order of the hits in folders, and shows every photo', () => {
    expect(grouped(dated, 'all', 1, 'folder')).toEqual([
      { name: 'A', count: 3, rows: [{ kind: 'card', index: 0 }, { kind: 'card', index: 2 }, { kind: 'photos', indices: [4] }] },
      { name: 'B', count: 2, rows: [{ kind: 'photos', indices: [1] }, { kind: 'photos', indices: [3] }] },
    ]);
  });

  it('names months', () => {
    expect(grouped(dated, 'all', 6, 'month').map(({ name, count }) => [name, count])).toEqual([
      ['August 2025', 3],
      ['June 2025', 2],
    ]);
  });

  it('is one group without a name otherwise, and none without hits', () => {
    expect(grouped(dated, 'all', 6, 'none')).toEqual([{ name: '', count: 5, rows: arrange(dated, 'all', 6) }]);
    expect(grouped([], 'all', 6, 'none')).toEqual([]);
  });
});

describe('walk', () => {
  const rows = arrange(hits('dpdppd'), 'all', 3);

  it('goes down through the strip and back', () => {
    expect(walk(rows, 0, 'down')).toBe(1);
    expect(walk(rows, 1, 'right')).toBe(3);
    expect(walk(rows, 3, 'down')).toBe(2);
    expect(walk(rows, 2, 'up')).toBe(1);
  });

  it('stops at the ends and leaves upwards', () => {
    expect(walk(rows, 5, 'down')).toBe(5);
    expect(walk(rows, 4, 'right')).toBe(4);
    expect(walk(rows, 0, 'left')).toBe(0);
    expect(walk(rows, 0, 'up')).toBeNull();
    expect([walk(rows, 3, 'first'), walk(rows, 0, 'last')]).toEqual([0, 5]);
  });

  it('keeps the column in a grid, as far as there is one', () => {
    const grid = arrange(hits('ppppp'), 'photos', 3);
    expect([walk(grid, 1, 'down'), walk(grid, 2, 'down'), walk(grid, 4, 'up')]).toEqual([4, 4, 1]);
  });

  it('starts at the top when the cursor is on a photo that the strip leaves out', () => {
    const short = arrange(hits('dppp'), 'all', 1);
    expect(walk(short, 3, 'down')).toBe(1);
  });
});
