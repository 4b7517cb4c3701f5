import { describe, expect, it } from 'vitest';
import { fit, nearest, pan, toScreen, toWorld, zoomAt } from './camera';

const frame = { width: 1000, height: 600, covered: 280 };

describe('camera', () => {
  it('shows everything in what is not covered', () => {
    const camera = fit(frame);
    for (const [x, y] of [
      [0, 0],
      [1, 1],
    ] as const) {
      const [px, py] = toScreen(camera, x, y);
      expect(px).toBeGreaterThan(0);
      expect(px).toBeLessThan(720);
      expect(py).toBeGreaterThan(0);
      expect(py).toBeLessThan(600);
    }
  });

  it('does not stretch the map into a ribbon', () => {
    const camera = fit({ width: 3000, height: 300, covered: 0 });
    expect(camera.scaleX / camera.scaleY).toBeLessThanOrEqual(1.7);
  });

  it('keeps the point under the pointer while it zooms', () => {
    const camera = fit(frame);
    const under = toWorld(camera, 210, 340);
    const near = zoomAt(zoomAt(camera, 3, 210, 340), 1.7, 210, 340);
    expect(toWorld(near, 210, 340)[0]).toBeCloseTo(under[0]);
    expect(toWorld(near, 210, 340)[1]).toBeCloseTo(under[1]);
    expect(near.zoom).toBeCloseTo(5.1);
  });

  it('zooms neither endlessly in nor out', () => {
    const camera = fit(frame);
    expect(zoomAt(camera, 1e9, 0, 0).zoom).toBe(64);
    expect(zoomAt(camera, 1e-9, 0, 0).zoom).toBe(0.5);
  });

  it('finds the nearest point within reach', () => {
    const camera = pan(fit(frame), 10, -20);
    const [px, py] = toScreen(camera, 0.5, 0.5);
    expect(nearest(camera, [0.1, 0.5, 0.52], [0.1, 0.5, 0.5], px + 2, py, 12)).toBe(1);
    expect(nearest(camera, [0.1], [0.1], px, py, 12)).toBe(-1);
    expect(nearest(camera, [], [], px, py, 12)).toBe(-1);
  });
});
