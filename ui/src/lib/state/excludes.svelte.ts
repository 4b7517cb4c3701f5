import { asFailure, backend, type ExcludesPreview } from '../backend';
import { jobs } from './jobs.svelte';
import { library } from './library.svelte';
import { messages } from './messages.svelte';
import { Action, Resource } from './resource.svelte';

/** The rules by which files are left out of the library. */
export const excludes = new Resource(() => backend.excludes());

async function apply(lines: string[] | null): Promise<void> {
  await backend.setExcludes(lines);
  await Promise.all([excludes.load(), library.refresh(), jobs.poll()]);
}

/** Cairn's own lines, once they were seen: without the files that were left out one by one, they are in use again. */
let own: string[] | null = null;
let last: Promise<void> = Promise.resolve();

/** Changes the lines as they are by now, one change after the other, so that none writes over the one before. */
function change(to: (lines: string[]) => string[]): Promise<void> {
  const changed = last.then(async () => {
    const { lines, by_default } = await backend.excludes();
    if (by_default) own = lines;
    const wanted = to(lines);
    await apply(wanted.join('\n') === own?.join('\n') ? null : wanted);
  });
  last = changed.catch(() => undefined);
  return changed;
}

/** Leaves one file out by the rule for it, and offers to take it in again. */
export async function leaveOut(name: string, rule: string): Promise<void> {
  const others = (lines: string[]) => lines.filter((line) => line !== rule);
  await change((lines) => [...others(lines), rule]);
  messages.undoable(`“${name}” is left out of the library. The file stays on disk.`, () =>
    change(others).then(
      () => messages.toast(`“${name}” is not left out any more.`, 'done'),
      (thrown: unknown) => messages.toast(asFailure(thrown).message, 'problem'),
    ),
  );
}

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
    const applied = await this.#applying.run(() => apply(lines));
    if (applied) messages.say('What is left out was changed.');
    return applied;
  }
}
