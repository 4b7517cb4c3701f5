import { backend, type FileId, type StarredSearch } from '../backend';
import { messages } from './messages.svelte';

/** What the person said searches should find. */
class Stars {
  searches = $state.raw<readonly StarredSearch[]>([]);

  async load(): Promise<void> {
    this.searches = await backend.starredSearches();
  }

  has(query: string, file: FileId): boolean {
    const items = this.searches.find((search) => search.query === query.trim())?.items ?? [];
    return items.some((item) => item.file === file);
  }

  async toggle(query: string, file: FileId): Promise<void> {
    const starred = !this.has(query, file);
    await backend.star(query.trim(), file, starred);
    await this.load();
    messages.say(starred ? 'Starred for this search.' : 'The star is taken back.');
  }
}

export const stars = new Stars();
