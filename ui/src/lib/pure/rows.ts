/** The ranked list of hits as rows on the screen, and how the cursor walks through them. */

import type { Hit, Scope } from '../backend';

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
