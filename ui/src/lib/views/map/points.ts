import type { FileId, Map as LibraryMap } from '../../backend';
import type { Camera } from '../../pure/camera';
import { shuffled } from '../../pure/lod';

/** Colours of the groups in turn; the palette's last one is for what is in no group. */
export const GROUP_COLOURS = ['--c0', '--c1', '--c2', '--c3', '--c4', '--c5', '--c6'] as const;
export const groupColour = (cluster: number): number => (cluster < 0 ? GROUP_COLOURS.length : cluster % GROUP_COLOURS.length);

/** Items as columns, in shuffled order, so that any prefix is a fair sample. */
export interface Points {
  files: FileId[];
  x: Float32Array;
  y: Float32Array;
  cluster: Int32Array;
  /** Index into the palette. */
  colour: Uint8Array;
  /** 1: a photo. */
  photo: Uint8Array;
}

/** How a point looks now. */
export const Look = { plain: 0, dim: 1, lit: 2 } as const;
export type Look = (typeof Look)[keyof typeof Look];

export type Rgb = [red: number, green: number, blue: number];

/** Colours, 0 to 1: of each group, then of the ungrouped. */
export interface Palette {
  groups: Rgb[];
  lit: Rgb;
}

/** Draws the first `count` points. */
export interface PointPainter {
  /** Points for a frame of a moving map, before anything was measured. */
  readonly start: number;
  setPoints(points: Points): void;
  setLooks(looks: Uint8Array): void;
  setPalette(palette: Palette): void;
  resize(width: number, height: number, ratio: number): void;
  draw(camera: Camera, count: number): void;
  dispose(): void;
}

export function toPoints(map: LibraryMap): Points {
  const order = shuffled(map.files.length);
  const length = order.length;
  const at = <T>(column: readonly T[], i: number) => column[order[i] as number] as T;
  const cluster = Int32Array.from({ length }, (_, i) => at(map.cluster, i));
  return {
    files: Array.from({ length }, (_, i) => at(map.files, i)),
    x: Float32Array.from({ length }, (_, i) => at(map.x, i)),
    y: Float32Array.from({ length }, (_, i) => at(map.y, i)),
    cluster,
    colour: Uint8Array.from(cluster, groupColour),
    photo: Uint8Array.from({ length }, (_, i) => at(map.family, i)),
  };
}

/** The look of each point: those of one group, or files that are lit up, stand out; without both all are plain. */
export function looks(points: Points, cluster: number | null, lit: ReadonlySet<FileId> | null): Uint8Array {
  const result = new Uint8Array(points.files.length);
  if (lit) points.files.forEach((file, i) => (result[i] = lit.has(file) ? Look.lit : Look.dim));
  else if (cluster !== null) points.cluster.forEach((own, i) => (result[i] = own === cluster ? Look.plain : Look.dim));
  return result;
}
