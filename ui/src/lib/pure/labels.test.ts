import { describe, expect, it } from 'vitest';
import { placeLabels, type Label } from './labels';

const label = (x: number, y: number): Label => ({ x, y, width: 100, height: 24 });

describe('placeLabels', () => {
  it('puts a label over its anchor', () => {
    expect(placeLabels([label(300, 200)], 800, 600)).toEqual([{ left: 250, top: 176 }]);
  });

  it('never puts one over another, the first of them winning', () => {
    const labels = Array.from({ length: 60 }, (_, i) => label(100 + ((i * 97) % 600), 60 + ((i * 53) % 480)));
    const places = placeLabels(labels, 800, 600);
    const shown = places.filter((place) => place !== null);
    expect(places[0]).toEqual({ left: 50, top: 36 });
    expect(shown.length).toBeGreaterThan(20);
    for (const a of shown) {
      for (const b of shown) {
        const apart = a === b || a.left + 100 <= b.left || b.left + 100 <= a.left || a.top + 24 <= b.top || b.top + 24 <= a.top;
        expect(apart).toBe(true);
      }
    }
  });

  it('lets a label step aside before it gives way', () => {
    const [first, second, ...others] = placeLabels(Array.from({ length: 6 }, () => label(300, 200)), 800, 600);
    expect(first).toEqual({ left: 250, top: 176 });
    expect(second).not.toBeNull();
    expect(others).toContain(null);
  });

  it('leaves out what is out of view and keeps the rest inside', () => {
    expect(placeLabels([label(-5, 50), label(900, 50), label(10, 10)], 800, 600)).toEqual([null, null, { left: 4, top: 4 }]);
  });
});
