import { backend, type ExcludesPreview } from '../backend';
import { jobs } from './jobs.svelte';
import { library } from './library.svelte';
import { messages } from './messages.svelte';
import { Action, Resource } from './resource.svelte';

/** The rules by which files are left out of the library. */
export const excludes = new Resource(() => backend.excludes());

/** Other rules: looked at first, then applied. */
export class ExcludesChange {
  #looking = new Action();
  #applying = new Action();
  #previewed = $state.raw<{ key: string; found: ExcludesPreview } | null>(null);

  get looking(): boolean {
    return this.#looking.busy;
  }

  get applying(): boolean {
    return this.#applying.busy;
  }

  get busy(): boolean {
    return this.looking || this.applying;
  }

  get failure() {
    return this.#looking.failure ?? this.#applying.failure;
  }

  /** What was found for exactly these lines, and no others: only that lets them be applied. */
  found(lines: readonly string[]): ExcludesPreview | null {
    return this.#previewed?.key === lines.join('\n') ? this.#previewed.found : null;
  }

  async preview(lines: string[]): Promise<void> {
    if (this.busy) return;
    this.#previewed = null;
    this.#applying.failure = null;
    await this.#looking.run(async () => {
      this.#previewed = { key: lines.join('\n'), found: await backend.previewExcludes(lines) };
    });
  }

  /** Whether it was done; null: Cairn's own rules. */
  async apply(lines: string[] | null): Promise<boolean> {
    if (this.busy) return false;
    this.#looking.failure = null;
    const applied = await this.#applying.run(async () => {
      await backend.setExcludes(lines);
      await Promise.all([excludes.load(), library.refresh(), jobs.poll()]);
    });
    if (applied) messages.say('What is left out was changed.');
    return applied;
  }
}
