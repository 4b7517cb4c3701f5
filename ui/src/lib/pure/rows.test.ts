import { describe, expect, it } from 'vitest';
import type { Hit } from '../backend';
import { arrange, walk } from './rows';

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
