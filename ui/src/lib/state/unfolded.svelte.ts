import { asFailure, backend, type AlikeFile, type Failure, type FileId, type FoundPassage, type Hit, type SearchRequest } from '../backend';
import { plural } from '../pure/words';
import { messages } from './messages.svelte';

/** What a hit is unfolded to: one more passage of its file, or a file that holds nearly the same. */
export type Part = { kind: 'passage'; found: FoundPassage } | { kind: 'alike'; alike: AlikeFile };

/** The hits of a list that are unfolded, and what they were unfolded to. */
export class Unfolded {
  #open = $state.raw<ReadonlyMap<FileId, readonly Part[]>>(new Map());
  failure = $state.raw<Failure | null>(null);
  /** The hit whose passages are on their way. */
  busy = $state<FileId | null>(null);
  #request: SearchRequest | null = null;

  /** Another search: what was unfolded belongs to the one before, unless that asked the same. */
  begin(request: SearchRequest): void {
    if (JSON.stringify(request) === JSON.stringify(this.#request)) return;
    this.#request = request;
    this.#open = new Map();
    this.failure = null;
    this.busy = null;
  }

  has(hit: Hit): boolean {
    return this.#open.has(hit.file);
  }

  of(hit: Hit | undefined): readonly Part[] {
    return (hit && this.#open.get(hit.file)) ?? [];
  }

  async unfold(hit: Hit): Promise<void> {
    const request = this.#request;
    if (!request) return;
    const alike = hit.alike.map((file): Part => ({ kind: 'alike', alike: file }));
    this.#set(hit, alike);
    if (hit.family === 'photo') return;
    this.busy = hit.file;
    this.failure = null;
    try {
      const found = await backend.foundPassages(hit.file, request);
      if (request !== this.#request || !this.has(hit)) return;
      const others = found.filter(({ passage }) => passage !== hit.passage);
      this.#set(hit, [...others.map((passage): Part => ({ kind: 'passage', found: passage })), ...alike]);
      messages.say(others.length > 0 ? `${plural(others.length, 'more passage')}.` : 'No other passage fits.');
    } catch (thrown) {
      if (request !== this.#request) return;
      this.failure = asFailure(thrown);
    }
    if (this.busy === hit.file) this.busy = null;
  }

  fold(hit: Hit): void {
    const open = new Map(this.#open);
    open.delete(hit.file);
    this.#open = open;
  }

  #set(hit: Hit, parts: readonly Part[]): void {
    this.#open = new Map(this.#open).set(hit.file, parts);
  }
}
