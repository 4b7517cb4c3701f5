/** The ranked list of hits as rows on the screen, and how the cursor walks through them. */

import type { Hit, Scope } from '../backend';
import { month } from './words';

/** Hits by their place in the list: one passage, or photos side by side. */
export type Row = { kind: 'card'; index: number } | { kind: 'photos'; indices: number[] };

const cells = (row: Row): number[] => (row.kind === 'card' ? [row.index] : row.indices);

/**
 * Everything: one strip of the best photos stands where the best photo ranks. Photos alone: a grid.
 * `columns` is how many photos fit side by side.
 */
export function arrange(hits: readonly Hit[], scope: Scope, columns: number): Row[] {
  const photos = hits.flatMap((hit, index) => (hit.family === 'photo' ? [index] : []));
  if (scope === 'photos') {
    const rows: Row[] = [];
    for (let at = 0; at < photos.length; at += columns) {
      rows.push({ kind: 'photos', indices: photos.slice(at, at + columns) });
    }
    return rows;
  }
  return hits.flatMap((hit, index): Row[] => {
    if (hit.family !== 'photo') return [{ kind: 'card', index }];
    return index === photos[0] ? [{ kind: 'photos', indices: photos.slice(0, columns) }] : [];
  });
}

export type Grouping = 'none' | 'folder' | 'month';

/** Rows below a heading; without a name, all of them. */
export interface Group {
  name: string;
  /** How many hits there are in it. */
  count: number;
  rows: Row[];
}

const nameOf = { none: () => '', folder: (hit: Hit) => hit.folder, month: (hit: Hit) => month(hit.date_ms) };

/** The hits in their order, in groups that stand where their first hit does. A group shows all of its photos. */
export function grouped(hits: readonly Hit[], scope: Scope, columns: number, grouping: Grouping): Group[] {
  if (grouping === 'none') return hits.length > 0 ? [{ name: '', count: hits.length, rows: arrange(hits, scope, columns) }] : [];
  const places = new Map<string, number[]>();
  for (const [index, hit] of hits.entries()) {
    const name = nameOf[grouping](hit);
    places.set(name, [...(places.get(name) ?? []), index]);
  }
  return [...places].map(([name, indices]) => ({ name, count: indices.length, rows: rowsOf(hits, indices, columns) }));
}

/** The photos side by side where the best of them ranks. */
function rowsOf(hits: readonly Hit[], indices: readonly number[], columns: number): Row[] {
  const photos = indices.filter((index) => hits[index]?.family === 'photo');
  return indices.flatMap((index): Row[] => {
    if (hits[index]?.family !== 'photo') return [{ kind: 'card', index }];
    if (index !== photos[0]) return [];
    const rows = Math.ceil(photos.length / columns);
    return Array.from({ length: rows }, (_, i) => ({ kind: 'photos', indices: photos.slice(i * columns, (i + 1) * columns) }));
  });
}

export type Step = 'up' | 'down' | 'left' | 'right' | 'first' | 'last';

/** Where the cursor (a hit's place) goes. Going up from the first row leaves the list: `null`. */
export function walk(rows: readonly Row[], cursor: number, step: Step): number | null {
  const at = Math.max(0, rows.findIndex((row) => cells(row).includes(cursor)));
  const row = rows[at];
  if (!row) return null;
  const column = Math.max(0, cells(row).indexOf(cursor));
  const inRow = (target: Row | undefined, wanted: number) => target && cells(target)[Math.min(wanted, cells(target).length - 1)];
  switch (step) {
    case 'up':
      return at === 0 ? null : (inRow(rows[at - 1], column) ?? cursor);
    case 'down':
      return inRow(rows[at + 1], column) ?? cursor;
    case 'left':
      return cells(row)[column - 1] ?? cursor;
    case 'right':
      return cells(row)[column + 1] ?? cursor;
    case 'first':
      return inRow(rows[0], 0) ?? cursor;
    case 'last':
      return inRow(rows.at(-1), Number.MAX_SAFE_INTEGER) ?? cursor;
  }
}
