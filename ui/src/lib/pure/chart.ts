/** Where things stand in the chart of dimensions, in pixels from its top left corner. */

export interface Point {
  x: number;
  y: number;
}

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Values of the axis upwards from a round one below all recalls, the lowest first: 0.5, 0.6, ... 1. */
export function ticks(recalls: readonly number[]): number[] {
  const lowest = Math.min(1, ...recalls);
  const step = lowest >= 0.55 ? 0.1 : 0.2;
  // Some room stays below the lowest point, for a label.
  const steps = Math.min(Math.round(1 / step), Math.max(2, Math.ceil((1 - lowest) / step + 0.4)));
  return Array.from({ length: steps + 1 }, (_, i) => Math.round(100 * (1 - (steps - i) * step)) / 100);
}

/** Places of the dimensions between two edges: each halving is a step of the same width. */
export function across(dims: readonly number[], left: number, right: number): (dims: number) => number {
  const from = Math.log2(Math.min(...dims));
  const span = Math.log2(Math.max(...dims)) - from;
  return (n) => (span === 0 ? (left + right) / 2 : left + ((Math.log2(n) - from) / span) * (right - left));
}

/** Heights of shares between `lowest` and 1. */
export const upward =
  (lowest: number, bottom: number, top: number) =>
  (share: number): number =>
    bottom - ((share - lowest) / (1 - lowest)) * (bottom - top);

/** The stretch that a line covers from top to bottom between two places; null where it is not there. */
function covered(line: readonly Point[], left: number, right: number): { top: number; bottom: number } | null {
  const at = (a: Point, b: Point, x: number) => (a.x === b.x ? a.y : a.y + ((x - a.x) / (b.x - a.x)) * (b.y - a.y));
  const heights = line.filter(({ x }) => x >= left && x <= right).map(({ y }) => y);
  for (const [i, b] of line.entries()) {
    const a = line[i - 1];
    if (!a) continue;
    for (const x of [left, right]) if (x > a.x && x < b.x) heights.push(at(a, b, x));
  }
  return heights.length === 0 ? null : { top: Math.min(...heights), bottom: Math.max(...heights) };
}

const apart = (a: Box, b: Box) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;

interface Labelled {
  /** The line that the label belongs to, from left to right. */
  line: readonly Point[];
  /** Every other line of the chart; none of them may be covered. */
  others: readonly (readonly Point[])[];
  /** Labels that are there already. */
  taken: readonly Box[];
  width: number;
  height: number;
  /** Room between the label and any line. */
  gap: number;
  /** Where a label may stand. */
  area: Box;
  side: 'above' | 'below';
}

/** The place closest to the right end, beside its line, where a label covers nothing; null when there is none. */
export function placeLabel({ line, others, taken, width, height, gap, area, side }: Labelled): Box | null {
  const step = Math.max(4, width / 8);
  for (const wanted of side === 'above' ? ['above', 'below'] : ['below', 'above']) {
    for (let right = area.right; right - width >= area.left; right -= step) {
      const left = right - width;
      const own = covered(line, left - gap, right + gap);
      if (!own) continue;
      const top = wanted === 'above' ? own.top - gap - height : own.bottom + gap;
      const box = { left, top, right, bottom: top + height };
      const inside = box.top >= area.top && box.bottom <= area.bottom;
      const free = others.every((other) => {
        const there = covered(other, left - gap, right + gap);
        return !there || there.bottom <= box.top - gap / 2 || there.top >= box.bottom + gap / 2;
      });
      if (inside && free && taken.every((other) => apart(box, other))) return box;
    }
  }
  return null;
}
