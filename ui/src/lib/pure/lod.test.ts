import { describe, expect, it } from 'vitest';
import { FrameBudget, pointSize, shuffled } from './lod';

describe('FrameBudget', () => {
  it('draws fewer points after slow frames, more after fast ones', () => {
    const budget = new FrameBudget(100_000, 10_000);
    budget.observe(66, 10_000);
    expect(budget.points).toBe(5_000);
    budget.observe(8, 5_000);
    expect(budget.points).toBe(7_500);
    budget.observe(25, 7_500);
    expect(budget.points).toBe(7_500);
  });

  it('keeps to what there is and to a least that still shows the shape', () => {
    const budget = new FrameBudget(100_000, 10_000);
    for (let i = 0; i < 40; i += 1) budget.observe(500, budget.points);
    expect(budget.points).toBe(1000);
    for (let i = 0; i < 40; i += 1) budget.observe(4, budget.points);
    expect(budget.points).toBe(100_000);
    expect(new FrameBudget(300, 10_000).points).toBe(300);
  });

  it('learns nothing from a frame that drew less than it allowed', () => {
    const budget = new FrameBudget(100_000, 10_000);
    budget.observe(4, 100);
    expect(budget.points).toBe(10_000);
  });

  it('reaches everything at rest', () => {
    const budget = new FrameBudget(100_000, 10_000);
    const drawn = [0];
    while ((drawn.at(-1) ?? 0) < 100_000) drawn.push(budget.more(drawn.at(-1) ?? 0));
    expect(drawn).toEqual([0, 10_000, 20_000, 40_000, 80_000, 100_000]);
  });
});

describe('shuffled', () => {
  it('is a permutation, the same every time', () => {
    const order = shuffled(1000);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(shuffled(1000)).toEqual(order);
    expect(shuffled(0)).toHaveLength(0);
  });

  it('makes any prefix a fair sample', () => {
    const order = shuffled(10_000);
    const below = order.slice(0, 1000).filter((i) => i < 5000).length;
    expect(below).toBeGreaterThan(440);
    expect(below).toBeLessThan(560);
  });
});

describe('pointSize', () => {
  it('is large for few points, small for many, and grows with the zoom up to a limit', () => {
    expect(pointSize(0, 1)).toBe(8);
    expect(pointSize(30, 1)).toBe(8);
    expect(pointSize(100_000, 1)).toBe(3.2);
    expect(pointSize(1_000, 1)).toBeCloseTo(4.7);
    expect(pointSize(100_000, 4)).toBeCloseTo(5.8);
    expect(pointSize(30, 1_000)).toBe(10);
  });
});
