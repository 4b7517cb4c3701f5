import { asFailure, type Failure } from '../backend';

/** Something fetched from the engine: the latest value, or why there is none. Older answers never win. */
export class Resource<T> {
  value = $state.raw<T | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  #asked = 0;

  constructor(private readonly fetch: () => Promise<T>) {}

  async load(): Promise<void> {
    const asked = ++this.#asked;
    this.busy = true;
    try {
      const value = await this.fetch();
      if (asked !== this.#asked) return;
      this.value = value;
      this.failure = null;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.failure = asFailure(thrown);
    }
    this.busy = false;
  }
}

/** Something done on request: whether it is under way, and why it failed. */
export class Action {
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);

  async run(act: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.failure = null;
    try {
      await act();
      return true;
    } catch (thrown) {
      const failure = asFailure(thrown);
      if (failure.code !== 'cancelled') this.failure = failure;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
