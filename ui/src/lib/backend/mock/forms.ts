import type { FormChoice, FormCost, IndexForm, KeptDims, Measured, Presets, Space, Storage } from '../types';

/** Dimensions of both models at work. */
export const FULL = 384;
const DIMS: Partial<Record<KeptDims, number>> = { full: FULL, d256: 256, d128: 128, d64: 64 };
const BITS: Record<Storage, number> = { f32: 32, f16: 16, int8: 8, binary: 1 };
const GRAPH = 150;

/** Found on 100,000 passages of 384 dimensions: recall alone, after scoring again, candidates, milliseconds. */
const found: Record<string, [recall: number, rescored: number, candidates: number, p50: number]> = {
  'full f32': [1, 1, 10, 13.4],
  'full f16': [1, 1, 10, 9.8],
  'full int8': [0.981, 0.9995, 20, 1.9],
  'full binary': [0.594, 0.9915, 400, 1.1],
  'd256 f32': [0.95, 0.999, 20, 8.1],
  'd256 f16': [0.95, 0.999, 20, 6],
  'd256 int8': [0.949, 0.9995, 20, 1.3],
  'd256 binary': [0.5, 0.985, 400, 1.2],
  'd128 f32': [0.796, 0.994, 80, 4.1],
  'd128 f16': [0.796, 0.994, 80, 3],
  'd128 int8': [0.794, 0.9935, 80, 0.72],
  'd128 binary': [0.386, 0.97, 160, 3.9],
  'd64 f32': [0.556, 0.95, 160, 2.1],
  'd64 f16': [0.556, 0.95, 160, 1.5],
  'd64 int8': [0.5555, 0.9505, 160, 1.2],
  'd64 binary': [0.19, 0.6, 160, 0.6],
};

const forms: IndexForm[] = (Object.keys(DIMS) as KeptDims[]).flatMap((dims) =>
  (Object.keys(BITS) as Storage[]).map((storage) => ({ dims, storage })),
);

export const dimsOf = ({ dims }: IndexForm): number => DIMS[dims] ?? FULL;

export const memoryOf = (form: IndexForm, vectors: number): number => vectors * ((dimsOf(form) * BITS[form.storage]) / 8 + GRAPH);

export const diskOf = (form: IndexForm, vectors: number): number => Math.round(memoryOf(form, vectors) * 0.97);

/** Pictures differ more than passages do, and there are fewer of them: shortening loses less. */
const gentler = (space: Space, recall: number) => (space === 'photo' ? recall ** 0.6 : recall);

function costOf(space: Space, form: IndexForm, vectors: number): FormCost {
  const [recall, rescored, candidates, p50] = found[`${form.dims} ${form.storage}`] ?? [0, 0, 10, 1];
  const p50_ms = (p50 * vectors) / 100_000;
  return {
    form,
    recall: gentler(space, recall),
    rescored_recall: gentler(space, rescored),
    candidates,
    p50_ms,
    p95_ms: 1.4 * p50_ms + 0.1,
  };
}

export const choicesOf = (space: Space, vectors: number, measured: boolean): FormChoice[] =>
  forms.map((form) => ({
    form,
    dims: dimsOf(form),
    memory_bytes: memoryOf(form, vectors),
    disk_bytes: diskOf(form, vectors),
    cost: measured ? costOf(space, form, vectors) : null,
  }));

export function measuredOf(space: Space, vectors: number, starred: number): Measured {
  const choices = choicesOf(space, vectors, true).sort((a, b) => a.memory_bytes - b.memory_bytes);
  const smallest = (fits: (cost: FormCost) => boolean) => choices.find(({ cost }) => cost && fits(cost))?.form as IndexForm;
  const presets: Presets = {
    exact: smallest(({ recall }) => recall >= 0.999),
    balanced: smallest(({ rescored_recall }) => rescored_recall >= 0.99),
    smallest: smallest(({ rescored_recall }) => rescored_recall >= 0.95),
  };
  return { vectors: Math.min(vectors, 100_000), of_vectors: vectors, queries: 400, starred, presets };
}
