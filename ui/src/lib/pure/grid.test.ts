import { describe, expect, it } from 'vitest';
import { layout, move, rowsInSight, scrollTo } from './grid';

const grid = layout(100, 620, 150, 6);

describe('layout', () => {
  it('fills the width with equal cells', () => {
    expect(grid.columns).toBe(4);
    expect(grid.cellWidth * 4 + 3 * 6).toBeCloseTo(620);
    expect(grid.rows).toBe(25);
    expect(grid.height).toBeCloseTo(25 * grid.rowHeight - 6);
  });

  it('has one column in a window narrower than a cell, and no height without items', () => {
    expect(layout(3, 40, 150, 6)).toMatchObject({ columns: 1, cellWidth: 40, rows: 3 });
    expect(layout(0, 620, 150, 6)).toMatchObject({ rows: 0, height: 0 });
  });
});

describe('rows in sight', () => {
  it('covers the view at every scroll position', () => {
    for (let top = 0; top < grid.height - 400; top += 37) {
      const { first, end } = rowsInSight(grid, top, 400, 0);
      expect(first * grid.rowHeight).toBeLessThanOrEqual(top);
      expect(end * grid.rowHeight).toBeGreaterThanOrEqual(top + 400);
    }
  });

  it('is never more than the view and the overscan need', () => {
    const { first, end } = rowsInSight(grid, 1000, 400, 2);
    expect(end - first).toBeLessThanOrEqual(Math.ceil(400 / grid.rowHeight) + 1 + 4);
  });

  it('stays inside the grid, also when scrolled beyond it', () => {
    expect(rowsInSight(grid, 1e9, 400, 2)).toEqual({ first: 25, end: 25 });
    expect(rowsInSight(grid, 0, 400, 5).first).toBe(0);
  });
});

it('scrolls no further than needed', () => {
  expect(scrollTo(grid, 3, 0, 2000)).toBe(0);
  expect(scrollTo(grid, 0, 500, 400)).toBe(0);
  expect(scrollTo(grid, 10, 0, 400)).toBeCloseTo(10 * grid.rowHeight + grid.cellHeight - 400);
});

describe('keys', () => {
  const go = (key: string, active: number) => move(key, active, 10, 4, 2);

  it.each([
    ['ArrowRight', 0, 1],
    ['ArrowRight', 9, 9],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 1, 5],
    ['ArrowDown', 7, 9],
    ['ArrowDown', 9, 9],
    ['ArrowUp', 2, 2],
    ['ArrowUp', 9, 5],
    ['PageDown', 1, 9],
    ['PageUp', 9, 1],
    ['Home', 7, 0],
    ['End', 0, 9],
  ])('%s from %d goes to %d', (key, from, to) => expect(go(key, from)).toBe(to));

  it('leaves other keys alone', () => expect(go('a', 3)).toBeNull());
});
