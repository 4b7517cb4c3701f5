import { asFailure, backend, type Failure, type RootId, type Status } from '../backend';
import { awayWords } from '../pure/away';

const CALM = 3000;

/** The library as a whole: counts, folders, models at work. */
class Library {
  status = $state.raw<Status | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** Grows with every change; whatever was fetched under an older number is stale. */
  generation = $state(0);
  /** The same, but at most every few seconds: for what is costly to fetch while an indexing job runs. */
  calm = $state(0);
  /** Nothing was added yet. */
  empty = $derived(this.status !== null && this.status.roots.length === 0);
  #asked = 0;
  #calmedAt = -Infinity;
  #calming: ReturnType<typeof setTimeout> | undefined;

  /** Why files of a root cannot be opened now; empty where they can. */
  away(id: RootId): string {
    const root = this.status?.roots.find((candidate) => candidate.id === id);
    return root && !root.online ? awayWords(root.display) : '';
  }

  async refresh(): Promise<void> {
    const request = ++this.#asked;
    try {
      const status = await backend.status();
      if (request !== this.#asked) return;
      this.status = status;
      this.generation = Math.max(this.generation, status.generation);
      this.failure = null;
    } catch (thrown) {
      if (request === this.#asked) this.failure = asFailure(thrown);
    }
  }

  changed(generation: number): void {
    this.generation = Math.max(this.generation + 1, generation);
    this.#calm();
    void this.refresh();
  }

  #calm(): void {
    clearTimeout(this.#calming);
    const wait = this.#calmedAt + CALM - performance.now();
    if (wait > 0) {
      this.#calming = setTimeout(() => this.#calm(), wait);
      return;
    }
    this.#calmedAt = performance.now();
    this.calm = this.generation;
  }
}

export const library = new Library();
