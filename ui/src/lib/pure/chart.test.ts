import { describe, expect, it } from 'vitest';
import { across, placeLabel, ticks, upward, type Box, type Point } from './chart';

describe('the scale of shares', () => {
  it.each([
    [[0.5555, 0.981], [0.5, 0.6, 0.7, 0.8, 0.9, 1]],
    [[0.19, 0.99], [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [[1, 1], [0.8, 0.9, 1]],
    [[0], [0, 0.2, 0.4, 0.6, 0.8, 1]],
  ])('of %j begins below them', (recalls, marks) => expect(ticks(recalls)).toEqual(marks));

  it('runs upwards', () => {
    const y = upward(0.5, 200, 20);
    expect([y(0.5), y(0.75), y(1)]).toEqual([200, 110, 20]);
  });
});

it('gives every halving the same width, and one length the middle', () => {
  const x = across([64, 128, 256], 0, 100);
  expect([x(64), x(128), x(256)]).toEqual([0, 50, 100]);
  expect(across([64], 0, 100)(64)).toBe(50);
});

describe('labels', () => {
  const dims = [64, 128, 256, 384];
  const alone: Record<string, number[]> = {
    f16: [0.556, 0.796, 0.95, 1],
    int8: [0.5555, 0.794, 0.949, 0.981],
    binary: [0.19, 0.386, 0.5, 0.594],
    same: [1, 1, 1, 1],
    falling: [1, 0.9, 0.7, 0.2],
  };
  const rescored: Record<string, number[]> = {
    f16: [0.95, 0.994, 0.999, 1],
    int8: [0.9505, 0.9935, 0.9995, 0.9995],
    binary: [0.6, 0.97, 0.985, 0.9915],
    same: [1, 1, 1, 1],
    falling: [1, 1, 1, 1],
  };
  const meets = (line: Point[], box: Box) =>
    line.some((b, i) => {
      const a = line[i - 1];
      if (!a) return false;
      return Array.from({ length: 101 }, (_, step) => ({ x: a.x + ((b.x - a.x) * step) / 100, y: a.y + ((b.y - a.y) * step) / 100 })).some(
        ({ x, y }) => x > box.left && x < box.right && y > box.top && y < box.bottom,
      );
    });

  const sizes = [
    [960, 272, 16],
    [612, 272, 16],
    [504, 378, 32],
    [252, 189, 16],
    [824, 544, 32],
  ] as const;
  const cases = Object.keys(alone).flatMap((name) =>
    sizes.flatMap(([width, height, rem]) => [0, ...dims].map((used) => ({ name, width, height, rem, used }))),
  );

  it.each(cases)('of $name at $width x $height with $used in use cover no line and not each other', ({ name, width, height, rem, used }) => {
    const plot = { left: 3.25 * rem, right: width - 1.75 * rem, top: 2 * rem, bottom: height - 2.75 * rem };
    const shares = [alone[name] ?? [], rescored[name] ?? []];
    const x = across(dims, plot.left, plot.right);
    const y = upward(ticks(shares.flat())[0] ?? 0, plot.bottom, plot.top);
    const [low = [], high = []] = shares.map((line) => line.map((share, i) => ({ x: x(dims[i] ?? 0), y: y(share) })));
    const size = (words: number) => ({ width: words * 0.43 * rem, height: rem, gap: 0.5 * rem });
    const area = { left: plot.left, top: 0, right: plot.right, bottom: plot.bottom };
    const point = high[dims.indexOf(used)];
    const marker = point ? [point, { x: point.x, y: plot.bottom }] : [];
    const first = placeLabel({ line: high, others: [low, marker], taken: [], area, side: 'above', ...size(16) });
    const second = placeLabel({ line: low, others: [high, marker], taken: first ? [first] : [], area, side: 'below', ...size(11) });
    if (!first || !second) throw new Error('a label has no place');
    for (const box of [first, second]) {
      expect([high, low, marker].map((line) => meets(line, box))).toEqual([false, false, false]);
      expect(box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom).toBe(true);
    }
    expect(first.bottom <= second.top || second.bottom <= first.top || first.right <= second.left || second.right <= first.left).toBe(true);
  });

  it('stay away where there is no room', () => {
    const line = [{ x: 0, y: 5 }, { x: 20, y: 5 }];
    const area = { left: 0, top: 0, right: 20, bottom: 10 };
    expect(placeLabel({ line, others: [], taken: [], width: 15, height: 9, gap: 2, area, side: 'above' })).toBeNull();
  });
});
