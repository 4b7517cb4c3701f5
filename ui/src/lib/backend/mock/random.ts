/** Numbers that look random and are the same every time (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let r = Math.imul(state ^ (state >>> 15), state | 1);
    r ^= r + Math.imul(r ^ (r >>> 7), r | 61);
    return ((r ^ (r >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** 64 hexadecimal digits that begin with the number. */
export const hashOf = (n: number): string => n.toString(16).padStart(8, '0').padEnd(64, '0');
export const numberOf = (hash: string): number => parseInt(hash.slice(0, 8), 16) || 0;
