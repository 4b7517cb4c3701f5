import { asFailure, backend, type Failure, type Preview, type PreviewRequest } from '../backend';
import { QueryCache } from '../pure/cache';
import { library } from './library.svelte';

const seen = new QueryCache<Preview>(60);

/** The pane beside a list: what it shows and what it is waiting for. Each view has its own. */
export class PreviewState {
  request = $state.raw<PreviewRequest | null>(null);
  shown = $state.raw<Preview | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  /** Why it was found, in words. */
  matched = $state('');
  /** The page of the passage that was asked for, where it is known beforehand. */
  page = $state<number | null>(null);
  #asked = 0;

  get isOpen(): boolean {
    return this.request !== null;
  }

  /** It shows a file that was not read yet. */
  get waits(): boolean {
    return this.shown !== null && this.shown.family === null && this.shown.problem === null;
  }

  async open(request: PreviewRequest, matched = '', page: number | null = null): Promise<void> {
    const asked = ++this.#asked;
    this.request = request;
    this.busy = true;
    try {
      const key = JSON.stringify([library.generation, request]);
      const preview = await seen.get(key, () => backend.preview(request));
      if (asked !== this.#asked) return;
      this.shown = preview;
      this.matched = matched;
      this.page = page;
      this.failure = null;
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.shown = null;
      this.failure = asFailure(thrown);
    }
    this.busy = false;
  }

  /** Looks at the same again. */
  async renew(): Promise<void> {
    if (this.request) await this.open(this.request, this.matched, this.page);
  }

  close(): void {
    this.#asked += 1;
    this.request = null;
    this.shown = null;
    this.failure = null;
    this.busy = false;
  }
}
