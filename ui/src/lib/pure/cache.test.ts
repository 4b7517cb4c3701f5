import { describe, expect, it, vi } from 'vitest';
import { QueryCache } from './cache';

describe('QueryCache', () => {
  it('asks once, also while the answer is under way', async () => {
    const cache = new QueryCache<number>(4);
    const ask = vi.fn(async () => 7);
    expect(await Promise.all([cache.get('a', ask), cache.get('a', ask)])).toEqual([7, 7]);
    expect(await cache.get('a', ask)).toBe(7);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('drops what was not used for the longest time', async () => {
    const cache = new QueryCache<string>(2);
    const ask = vi.fn(async (key: string) => key);
    for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(key, () => ask(key));
    expect(ask.mock.calls.flat()).toEqual(['a', 'b', 'c', 'b']);
  });

  it('does not remember failures', async () => {
    const cache = new QueryCache<number>(2);
    await expect(cache.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await cache.get('a', async () => 1)).toBe(1);
  });

  it('asks again after it was cleared', async () => {
    const cache = new QueryCache<number>(2);
    await cache.get('a', async () => 1);
    cache.clear();
    expect(await cache.get('a', async () => 2)).toBe(2);
  });
});
