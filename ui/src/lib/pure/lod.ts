/**
 * How many points to draw. Points are shuffled once, so that any prefix of them is a uniform sample: while the map
 * moves a prefix is drawn that fits the time of a frame, at rest all of them are.
 */
export class FrameBudget {
  #points: number;
  #total: number;

  constructor(
    total: number,
    start: number,
    private readonly budget = 33,
    private readonly least = 1000,
  ) {
    this.#total = total;
    this.#points = Math.min(total, start);
  }

  /** Points for a frame of a moving map. */
  get points(): number {
    return this.#points;
  }

  /** Learns from a frame that took `ms` for `drawn` points. */
  observe(ms: number, drawn: number): void {
    if (ms <= 0 || drawn < Math.min(this.#points, this.#total)) return;
    const factor = ms > this.budget ? Math.max(0.5, this.budget / ms) : ms < this.budget / 2 ? 1.5 : 1;
    this.#points = Math.max(Math.min(this.least, this.#total), Math.min(this.#total, Math.round(this.#points * factor)));
  }

  /** Points for the next frame of a map at rest, after `drawn`. */
  more(drawn: number): number {
    return Math.min(this.#total, Math.max(drawn * 2, this.#points));
  }
}

/** A permutation of 0..n-1, the same every time (Fisher-Yates over mulberry32). */
export function shuffled(n: number, seed = 7): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let state = seed >>> 0;
  for (let i = n - 1; i > 0; i -= 1) {
    state = (state + 0x6d2b79f5) >>> 0;
    let r = Math.imul(state ^ (state >>> 15), state | 1);
    r ^= r + Math.imul(r ^ (r >>> 7), r | 61);
    const j = ((r ^ (r >>> 14)) >>> 0) % (i + 1);
    const kept = order[i] as number;
    order[i] = order[j] as number;
    order[j] = kept;
  }
  return order;
}

/** Pixels of a point on a map of `total` points: few points may be large, many must leave room for one another. */
export function pointSize(total: number, zoom: number): number {
  const roomy = 8 - 2.2 * (Math.log10(Math.max(1, total)) - 1.5);
  return Math.min(10, Math.max(3.2, Math.min(8, roomy)) + 1.3 * Math.log2(Math.max(1, zoom)));
}
