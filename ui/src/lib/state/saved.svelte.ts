import { backend, type SavedSearch, type SearchRequest } from '../backend';
import { messages } from './messages.svelte';

/** Searches before this one that are offered again. */
const SHOWN = 8;

/** Searches that the person keeps, and those of before. */
class Saved {
  searches = $state.raw<readonly SavedSearch[]>([]);
  past = $state.raw<readonly string[]>([]);
  #remembered = '';

  async load(): Promise<void> {
    [this.searches, this.past] = await Promise.all([backend.savedSearches(), backend.pastSearches(SHOWN)]);
  }

  async save(name: string, request: SearchRequest): Promise<void> {
    await backend.saveSearch(name, request);
    messages.toast(`“${name}” is saved.`, 'done');
    await this.load();
  }

  async rename(id: number, name: string): Promise<void> {
    await backend.renameSearch(id, name);
    await this.load();
  }

  async forget({ id, name, request }: SavedSearch): Promise<void> {
    await backend.forgetSearch(id);
    await this.load();
    messages.undoable(`“${name}” is removed.`, () => void backend.saveSearch(name, request).then(() => this.load()));
  }

  /** Adds what was searched for to the searches of before, once. */
  remember(query: string): void {
    if (query === '' || query === this.#remembered) return;
    this.#remembered = query;
    // Not worth a word where it fails: nothing of the search is lost.
    void backend.rememberSearch(query).catch(() => undefined);
  }

  /** Forgets one search of before; null: all of them. */
  async forgetPast(query: string | null): Promise<void> {
    this.#remembered = '';
    await backend.forgetPastSearches(query);
    await this.load();
    messages.say(query === null ? 'The history is cleared.' : `“${query}” is forgotten.`);
  }
}

export const saved = new Saved();
