import { describe, expect, it } from 'vitest';
import type { Map as LibraryMap } from '../../backend';
import { anchors } from './anchors';
import { groupColour, Look, looks, toPoints } from './points';

const map: LibraryMap = {
  files: [10, 11, 12, 13, 14],
  x: [0.1, 0.2, 0.3, 0.4, 0.5],
  y: [0.5, 0.4, 0.3, 0.2, 0.1],
  cluster: [0, 0, 1, -1, 8],
  family: [0, 1, 0, 1, 0],
  clusters: [
    { label: 'a', count: 2, x: 0.15, y: 0.45 },
    { label: 'b', count: 1, x: 0.3, y: 0.3 },
  ],
  generation: 1,
  updating: false,
  notes: [],
};

describe('points', () => {
  it('stay together as rows when they are shuffled', () => {
    const points = toPoints(map);
    expect([...points.files].sort()).toEqual(map.files);
    points.files.forEach((file, i) => {
      const at = map.files.indexOf(file);
      expect(points.x[i]).toBeCloseTo(map.x[at] ?? -1);
      expect(points.y[i]).toBeCloseTo(map.y[at] ?? -1);
      expect(points.cluster[i]).toBe(map.cluster[at]);
      expect(points.photo[i]).toBe(map.family[at]);
      expect(points.colour[i]).toBe(groupColour(map.cluster[at] ?? 0));
    });
  });

  it('have a colour for every group and one for none', () => {
    expect([groupColour(-1), groupColour(0), groupColour(8)]).toEqual([7, 0, 1]);
  });

  it('stand out by what is searched, or by group', () => {
    const points = toPoints(map);
    const by = (all: Uint8Array) => Object.fromEntries(points.files.map((file, i) => [file, all[i]]));
    expect(by(looks(points, 0, new Set([12])))).toEqual({ 10: Look.dim, 11: Look.dim, 12: Look.lit, 13: Look.dim, 14: Look.dim });
    expect(by(looks(points, 0, null))).toEqual({ 10: Look.plain, 11: Look.plain, 12: Look.dim, 13: Look.dim, 14: Look.dim });
    expect(new Set(looks(points, null, null))).toEqual(new Set([Look.plain]));
  });

  it('carry labels at their upper edge', () => {
    const [first, second] = anchors(toPoints(map), [...map.clusters, { label: 'empty', count: 0, x: 0.9, y: 0.8 }]);
    expect(first?.x).toBe(0.15);
    expect(first?.y).toBeCloseTo(0.4);
    expect(second?.y).toBeCloseTo(0.3);
  });
});
