import type { DimensionsView, FormChoice, IndexForm, KeptDims, Storage } from '../backend';
import { count, plural } from './words';

/** Forms of an index and what they cost, in plain words. */

const KEPT: Record<Exclude<KeptDims, 'full'>, number> = { d512: 512, d256: 256, d128: 128, d64: 64 };

/** Recall is a share of hits that were counted; less than this is the rounding of a 32-bit float. */
const NOTHING = 1e-6;

/** What a form comes to with the vectors of a model: how many numbers are kept, and as what. */
export interface Shape {
  dims: number;
  storage: Storage;
}

/** 512 of 384 dimensions are all of them. */
export const shapeOf = ({ dims, storage }: IndexForm, full: number): Shape => ({
  dims: dims === 'full' ? full : Math.min(full, KEPT[dims]),
  storage,
});

export const sameShape = (a: Shape | null, b: Shape | null): boolean =>
  a !== null && b !== null && a.dims === b.dims && a.storage === b.storage;

/** "384 · f16" */
export const shortName = ({ dims, storage }: Shape): string => `${count(dims)} · ${storage}`;

/** "384 dimensions, f16" */
export const longName = ({ dims, storage }: Shape): string => `${plural(dims, 'dimension')}, ${storage}`;

/** "99.4 %". All of it is said only when it is all of it. */
export function share(recall: number, digits = 1): string {
  if (recall >= 1 - NOTHING) return `${(100).toFixed(digits)} %`;
  const below = 100 - 10 ** -digits;
  return `${Math.min(below, 100 * recall).toFixed(digits)} %`;
}

/** The same without needless zeros: "100 %". */
export const roundShare = (recall: number): string => share(recall).replace('.0 %', ' %');

/** "0.7 ms", "13.4 ms", "240 ms": with digits enough to compare. */
export const precise = (ms: number): string => `${ms < 0.05 ? '< 0.1' : ms < 99.95 ? ms.toFixed(1) : count(Math.round(ms))} ms`;

const simple = [2, 3, 4, 5, 10]
  .flatMap((of) => Array.from({ length: of - 1 }, (_, i) => ({ part: i + 1, of })))
  .concat([6, 7, 8, 9].map((of) => ({ part: 1, of })))
  .sort((a, b) => a.of - b.of);

/** A share between 0 and 1 as people say it: "1 in 150", "2 in 5". */
export function fraction(lost: number): string {
  if (lost > 0.95) return 'nearly all';
  if (lost >= 0.15) {
    const off = ({ part, of }: { part: number; of: number }) => Math.abs(part / of - lost);
    const nearest = simple.reduce((best, next) => (off(next) < off(best) - NOTHING ? next : best));
    return `${nearest.part} in ${nearest.of}`;
  }
  const exact = 1 / lost;
  const step = exact < 19.5 ? 1 : exact < 97.5 ? 5 : 10 ** (Math.floor(Math.log10(exact)) - 1);
  return `1 in ${count(Math.round(exact / step) * step)}`;
}

/** What becomes of the first ten results: "1 in 150 top-ten results would change". */
export function changes(recall: number, queries: number): string {
  if (recall >= 1 - NOTHING) return `no result changed in ${plural(queries, 'query', 'queries')}`;
  return `${fraction(1 - recall)} top-ten results would change`;
}

/** "At 128 dimensions as int8, 1 in 150 top-ten results would change; at 64, 1 in 20." */
export function changesByLength(choices: readonly FormChoice[], storage: Storage, queries: number): string {
  const told = choices.flatMap(({ form, dims, cost }) => (cost && form.storage === storage ? [{ dims, recall: cost.rescored_recall }] : []));
  const [first, ...others] = told;
  if (!first) return '';
  const whole = (recall: number) => recall >= 1 - NOTHING;
  // The sentence is introduced by the first length; the others only say what differs.
  const rest = others.map(({ dims, recall }) => `at ${count(dims)}, ${whole(recall) ? 'none' : `${fraction(1 - recall)}${whole(first.recall) ? ' would' : ''}`}`);
  return `${[`At ${plural(first.dims, 'dimension')} as ${storage}, ${changes(first.recall, queries)}`, ...rest].join('; ')}.`;
}

/** "400 of your own passages and 3 starred searches" */
export function askedWith(view: DimensionsView): string {
  if (!view.measured) return '';
  const { queries, starred } = view.measured;
  const own = `${count(queries)} of your own ${view.space === 'text' ? 'passages' : 'photos'}`;
  return starred > 0 ? `${own} and ${plural(starred, 'starred search', 'starred searches')}` : own;
}

/** Whether the library has changed so much since it was measured that the figures may not hold. */
export function isStale({ vectors, measured }: DimensionsView): boolean {
  return measured !== null && Math.abs(vectors - measured.of_vectors) > 0.2 * measured.of_vectors;
}
