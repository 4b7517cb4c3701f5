/** From the map's unit square to the screen and back. */

export interface Camera {
  /** Pixels for one unit. */
  scaleX: number;
  scaleY: number;
  /** Pixels from the left and upper edge to the unit square. */
  left: number;
  top: number;
  /** How much nearer than the view of everything. */
  zoom: number;
}

export interface Frame {
  width: number;
  height: number;
  /** Pixels at the right that something else covers. */
  covered: number;
}

const MARGIN = 36;
const MAX_ZOOM = 64;
/** The map may be stretched to fill a wide window, but no further than this. */
const MAX_STRETCH = 1.7;

/** Everything in view. */
export function fit({ width, height, covered }: Frame): Camera {
  const roomX = Math.max(40, width - covered - 2 * MARGIN);
  const roomY = Math.max(40, height - 2 * MARGIN);
  const scaleX = Math.min(roomX, roomY * MAX_STRETCH);
  const scaleY = Math.min(roomY, roomX * MAX_STRETCH);
  return { scaleX, scaleY, left: MARGIN + (roomX - scaleX) / 2, top: MARGIN + (roomY - scaleY) / 2, zoom: 1 };
}

export const toScreen = (c: Camera, x: number, y: number): [number, number] => [c.left + x * c.scaleX, c.top + y * c.scaleY];
export const toWorld = (c: Camera, px: number, py: number): [number, number] => [(px - c.left) / c.scaleX, (py - c.top) / c.scaleY];

export const pan = (c: Camera, dx: number, dy: number): Camera => ({ ...c, left: c.left + dx, top: c.top + dy });

/** Nearer or farther, with the point under (px, py) staying where it is. */
export function zoomAt(c: Camera, factor: number, px: number, py: number): Camera {
  const zoom = Math.min(MAX_ZOOM, Math.max(0.5, c.zoom * factor));
  const by = zoom / c.zoom;
  return {
    scaleX: c.scaleX * by,
    scaleY: c.scaleY * by,
    left: px - (px - c.left) * by,
    top: py - (py - c.top) * by,
    zoom,
  };
}

/** The nearest point to (px, py) within `radius` pixels, or -1. */
export function nearest(c: Camera, xs: ArrayLike<number>, ys: ArrayLike<number>, px: number, py: number, radius: number): number {
  let best = -1;
  let closest = radius * radius;
  for (let i = 0; i < xs.length; i += 1) {
    const dx = c.left + (xs[i] as number) * c.scaleX - px;
    const dy = c.top + (ys[i] as number) * c.scaleY - py;
    const distance = dx * dx + dy * dy;
    if (distance < closest) {
      closest = distance;
      best = i;
    }
  }
  return best;
}
