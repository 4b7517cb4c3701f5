/** A heat map over a photo: how warm each cell is, and where the warmth is in words. */

import type { HeatMap } from '../backend';

/** 0 to 1 for each cell; cells that speak against the query are as cold as those that say nothing. */
export function warmth({ values }: HeatMap): number[] {
  const most = Math.max(0, ...values);
  return values.map((value) => (most > 0 ? Math.max(0, value) / most : 0));
}

/** Cells this warm are the place. */
const WARM = 0.5;
/** When more than this part of the picture is warm, it is no place in it. */
const SPREAD = 0.45;

const third = (at: number, names: readonly [string, string, string]): string => names[at < 1 / 3 ? 0 : at > 2 / 3 ? 2 : 1];

/** "mostly upper left", "mostly the middle", "spread over the whole picture". */
export function whereWords(map: HeatMap): string {
  const cells = warmth(map).map((value, i) => ({ value, x: (i % map.side) + 0.5, y: Math.floor(i / map.side) + 0.5 }));
  const warm = cells.filter(({ value }) => value >= WARM);
  if (warm.length === 0) return 'nowhere in particular';
  if (warm.length > SPREAD * cells.length) return 'spread over the whole picture';
  const sum = warm.reduce((all, { value }) => all + value, 0);
  const middle = (of: 'x' | 'y') => warm.reduce((all, cell) => all + cell.value * cell[of], 0) / sum / map.side;
  const [down, across] = [third(middle('y'), ['upper', '', 'lower']), third(middle('x'), ['left', '', 'right'])];
  if (down && across) return `mostly ${down} ${across}`;
  if (down) return `mostly the ${down} part`;
  return across ? `mostly on the ${across}` : 'mostly the middle';
}

const COLD = [0, 32, 76] as const;
const HOT = [255, 233, 69] as const;

/** From dark blue to light yellow, which everybody can tell apart, also by lightness alone (as the scale “cividis” does). */
export function heatColour(value: number): string {
  const parts = COLD.map((cold, i) => Math.round(cold + value * ((HOT[i] ?? 0) - cold)));
  return `rgb(${parts.join(' ')})`;
}
