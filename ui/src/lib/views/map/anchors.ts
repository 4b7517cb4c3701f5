import type { Cluster } from '../../backend';
import type { Points } from './points';

/** Where the label of each group stands: over its middle, near its upper edge (the tenth part of it is above). */
export function anchors(points: Points, clusters: readonly Cluster[]): { x: number; y: number }[] {
  const heights: number[][] = clusters.map(() => []);
  for (let i = 0; i < points.y.length; i += 1) heights[points.cluster[i] as number]?.push(points.y[i] as number);
  return clusters.map(({ x, y }, i) => {
    const sorted = heights[i]?.sort((a, b) => a - b) ?? [];
    return { x, y: sorted[Math.floor(sorted.length * 0.1)] ?? y };
  });
}
