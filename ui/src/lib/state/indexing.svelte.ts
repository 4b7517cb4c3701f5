import { asFailure, backend, type Failure, type Indexing } from '../backend';
import { jobs } from './jobs.svelte';
import { library } from './library.svelte';
import { messages } from './messages.svelte';

/** When files are read, and which. What is chosen shows at once and is taken back where it could not be kept. */
export class IndexingChoice {
  value = $state.raw<Indexing | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** One change after the other, so that none writes over the one before. */
  #last: Promise<void> = Promise.resolve();

  async load(): Promise<void> {
    try {
      this.value = (await backend.settings()).indexing;
      this.failure = null;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  }

  change(part: Partial<Indexing>, said: string): void {
    if (this.value) this.value = { ...this.value, ...part };
    this.#last = this.#last.then(() => this.#keep(part, said));
  }

  async #keep(part: Partial<Indexing>, said: string): Promise<void> {
    try {
      // Another part of the window may have changed the rest.
      await backend.setIndexing({ ...(await backend.settings()).indexing, ...part });
    } catch (thrown) {
      await this.load();
      this.failure = asFailure(thrown);
      return;
    }
    await this.load();
    messages.say(said);
    await Promise.all([library.refresh(), jobs.poll()]);
  }
}
