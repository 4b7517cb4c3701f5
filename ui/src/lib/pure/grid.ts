/** A grid of equal cells of which only the rows in sight exist. Lengths in CSS pixels. */

export interface Layout {
  columns: number;
  /** Width of a cell; cells fill the width. */
  cellWidth: number;
  cellHeight: number;
  /** From the top of one row to the top of the next. */
  rowHeight: number;
  rows: number;
  /** Height of all rows. */
  height: number;
}

export interface Span {
  first: number;
  /** One past the last. */
  end: number;
}

export function layout(items: number, width: number, wanted: number, gap: number, ratio = 4 / 3): Layout {
  const columns = Math.max(1, Math.floor((width + gap) / (wanted + gap)));
  const cellWidth = Math.max(1, (width - gap * (columns - 1)) / columns);
  const cellHeight = cellWidth / ratio;
  const rowHeight = cellHeight + gap;
  const rows = Math.ceil(items / columns);
  return { columns, cellWidth, cellHeight, rowHeight, rows, height: Math.max(0, rows * rowHeight - gap) };
}

/** Rows in sight and `overscan` more on either side. */
export function rowsInSight(grid: Layout, scrollTop: number, viewHeight: number, overscan: number): Span {
  const first = Math.max(0, Math.floor(scrollTop / grid.rowHeight) - overscan);
  const end = Math.min(grid.rows, Math.ceil((scrollTop + viewHeight) / grid.rowHeight) + overscan);
  return { first: Math.min(first, end), end };
}

/** Where to scroll so that a row is in sight, moving as little as possible. */
export function scrollTo(grid: Layout, row: number, scrollTop: number, viewHeight: number): number {
  const top = row * grid.rowHeight;
  const bottom = top + grid.cellHeight;
  if (top < scrollTop) return top;
  if (bottom > scrollTop + viewHeight) return bottom - viewHeight;
  return scrollTop;
}

/** Where a key takes the cursor; `null` for keys that do not move it. */
export function move(key: string, active: number, items: number, columns: number, pageRows: number): number | null {
  const last = items - 1;
  const clamp = (index: number) => Math.min(last, Math.max(0, index));
  switch (key) {
    case 'ArrowLeft':
      return clamp(active - 1);
    case 'ArrowRight':
      return clamp(active + 1);
    case 'ArrowUp':
      return active - columns >= 0 ? active - columns : active;
    case 'ArrowDown':
      return active + columns <= last ? active + columns : Math.floor(active / columns) < Math.floor(last / columns) ? last : active;
    case 'PageUp':
      return clamp(active - columns * pageRows);
    case 'PageDown':
      return clamp(active + columns * pageRows);
    case 'Home':
      return 0;
    case 'End':
      return clamp(last);
    default:
      return null;
  }
}
