import { asFailure, backend, type Chip, type Failure, type FileId, type Hit, type Scope, type SearchResponse, type UnreadFile } from '../backend';
import { QueryCache } from '../pure/cache';
import { chipFor, chipsOf, withCondition, without } from '../pure/chips';
import { requestFor } from '../pure/request';
import { arrange, walk, type Row, type Step } from '../pure/rows';
import { why } from '../pure/why';
import { plural } from '../pure/words';
import { library } from './library.svelte';
import { messages } from './messages.svelte';
import { openFile } from './open';
import { PreviewState } from './preview.svelte';

const FIRST = 60;
const MORE = 120;
const MOST = 500;
const PAUSE = 90;
/** Files found by name that are shown before all of them are asked for. */
const FEW = 5;

/** What the photos that are looked for are like: one of the library, or a picture that was chosen and is not kept. */
interface Like {
  name: string;
  file: FileId | null;
}

/** The search view: what was typed, what came back, where the cursor stands. */
export class SearchState {
  query = $state('');
  scope = $state<Scope>('all');
  /** Set while photos that look like another one are shown. */
  like = $state.raw<Like | null>(null);
  response = $state.raw<SearchResponse | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  /** Photos that fit side by side. */
  columns = $state(6);
  /** Every file that was found by its name is shown, not only the first. */
  allUnread = $state(false);
  /** Place of what is selected: a hit, or beyond them a file that was found by its name. */
  cursor = $state(0);
  /** The library has changed since the answer; shown, not acted on, once the person reads the list. */
  stale = $state(false);
  /** How many documents and photos there are, also while only one of them is shown. */
  counts = $state.raw<{ documents: number; photos: number } | null>(null);
  preview = new PreviewState();

  /** The parts of the query that the answer took as conditions. */
  chips = $derived<readonly Chip[]>(this.response?.chips ?? []);
  hits = $derived<readonly Hit[]>(this.response?.hits ?? []);
  rows = $derived(arrange(this.hits, this.scope, this.columns));
  /** Files that are known by their names alone, and those of them on show. */
  unread = $derived<readonly UnreadFile[]>(this.response?.unread ?? []);
  named = $derived(this.allUnread ? this.unread : this.unread.slice(0, FEW));
  selected = $derived<Hit | UnreadFile | null>(this.hits[this.cursor] ?? this.named[this.cursor - this.hits.length] ?? null);
  total = $derived(
    this.response === null
      ? 0
      : this.scope === 'documents'
        ? this.response.documents
        : this.scope === 'photos'
          ? this.response.photos
          : this.response.documents + this.response.photos,
  );

  /** What the cursor walks through. */
  #path = $derived<Row[]>([...this.rows, ...this.named.map((_, i): Row => ({ kind: 'card', index: this.hits.length + i }))]);
  #weak = false;
  #limit = FIRST;
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #answers = new QueryCache<SearchResponse>(40);
  #touched = false;
  /** The query that the answer belongs to: where its chips are. */
  #answered = '';
  /** Whether the preview follows the best hit: there is room beside the list, and the person did not close it. */
  #follows = true;
  /** Room beside the list. The view tells. */
  roomy = true;

  get canShowMore(): boolean {
    return this.like === null && this.hits.length >= this.#limit && this.#limit < MOST;
  }

  get hasMoreUnread(): boolean {
    return this.unread.length > FEW;
  }

  type(text: string): void {
    this.#forgetLike();
    this.query = text;
    this.allUnread = false;
    this.#limit = FIRST;
    this.#weak = false;
    this.#touched = false;
    clearTimeout(this.#timer);
    if (text.trim() === '') this.clear();
    else this.#timer = setTimeout(() => void this.run(), PAUSE);
  }

  /** Takes a condition back, and no other. */
  dropChip(chip: Chip): void {
    if (this.#isAnswered) this.#change(without(this.#answered, [chip]));
  }

  /** Asks for a condition like `kind:pdf`, or takes it back. */
  async toggleCondition(text: string): Promise<void> {
    await this.#answer();
    const [field = '', value = ''] = text.replaceAll('"', '').split(':');
    const chip = chipFor(this.chips, field, value);
    if (chip) this.dropChip(chip);
    else this.#change(withCondition(this.query, text));
  }

  /** Asks for a condition in the place of those with the same field; none for an empty text. */
  async replaceConditions(field: string, text: string): Promise<void> {
    await this.#answer();
    const rest = this.#isAnswered ? without(this.#answered, chipsOf(this.chips, field)) : this.query;
    this.#change(withCondition(rest, text));
  }

  get #isAnswered(): boolean {
    return this.response !== null && this.query.trim() === this.#answered;
  }

  /** What a condition replaces or takes back is known only once the query was answered. */
  async #answer(): Promise<void> {
    if (!this.#isAnswered) await this.run();
  }

  #change(query: string): void {
    this.type(query);
    void this.run();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#forgetLike();
    this.query = '';
    this.response = null;
    this.counts = null;
    this.failure = null;
    this.busy = false;
    this.stale = false;
    this.cursor = 0;
    this.preview.close();
  }

  narrow(scope: Scope): void {
    if (scope === this.scope) return;
    this.scope = scope;
    this.allUnread = false;
    this.#touched = false;
    if (this.like) this.clear();
    else if (this.query.trim()) void this.run();
  }

  /** Shows photos that look like one of the library. */
  async likePhoto(file: FileId, name: string): Promise<void> {
    await this.#alike({ name, file }, () => backend.similar(file, FIRST));
  }

  /** Lets the person choose a picture and shows photos that look like it. */
  async likePicture(): Promise<void> {
    let name = '';
    await this.#alike({ name: 'a picture', file: null }, async () => {
      const found = await backend.searchByPicture(requestFor(''));
      name = found?.name ?? '';
      return found?.response ?? null;
    });
    if (this.like && name) this.like = { name, file: null };
  }

  #forgetLike(): void {
    if (!this.like) return;
    this.like = null;
    this.scope = 'all';
  }

  async #alike(like: Like, find: () => Promise<SearchResponse | null>): Promise<void> {
    const asked = ++this.#asked;
    this.busy = true;
    try {
      const response = await find();
      if (asked !== this.#asked) return;
      if (response) {
        clearTimeout(this.#timer);
        this.query = '';
        this.like = like;
        this.counts = null;
        this.scope = 'photos';
        this.#touched = false;
        this.#show(response, this.scope, '');
      }
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.#fail(thrown);
    }
    this.busy = false;
  }

  showWeak(): void {
    this.#weak = true;
    void this.run();
  }

  showMore(): void {
    this.#limit = Math.min(MOST, this.#limit + MORE);
    void this.run();
  }

  /** Shows every file that was found by its name, or the first of them again. */
  toggleUnread(): void {
    this.allUnread = !this.allUnread;
    if (!this.selected) this.select(this.hits.length + this.named.length - 1);
  }

  /** The library has changed. Renews the list only while nobody is reading it. */
  libraryChanged(): void {
    this.#answers.clear();
    if (this.preview.waits) void this.preview.renew();
    if (this.response === null || this.like) return;
    if (this.#touched) this.stale = true;
    else void this.run();
  }

  refresh(): void {
    this.#touched = false;
    void this.run();
  }

  async run(): Promise<void> {
    clearTimeout(this.#timer);
    const query = this.query.trim();
    if (query === '') return;
    const scope = this.scope;
    const asked = ++this.#asked;
    const request = requestFor(query, { scope, limit: this.#limit, at_least: this.#weak ? 'weak' : 'possible' });
    this.busy = true;
    try {
      const key = JSON.stringify([library.generation, request]);
      const response = await this.#answers.get(key, () => backend.search(request));
      if (asked !== this.#asked) return;
      this.#show(response, scope, query);
    } catch (thrown) {
      if (asked !== this.#asked) return;
      this.#fail(thrown);
    }
    this.busy = false;
  }

  #fail(thrown: unknown): void {
    this.failure = asFailure(thrown);
    this.response = null;
    this.preview.close();
  }

  #show(response: SearchResponse, scope: Scope, answered: string): void {
    const kept = this.#touched ? this.selected?.file : undefined;
    this.response = response;
    this.#answered = answered;
    this.failure = null;
    this.stale = false;
    if (scope === 'all') this.counts = { documents: response.documents, photos: response.photos };
    const place = [...this.hits, ...this.named].findIndex(({ file }) => file === kept);
    this.cursor = Math.max(0, place);
    messages.say(this.#summary());
    // What nobody chose to look at must not be read before everything else.
    if (!this.hits[this.cursor] && place < 0) this.preview.close();
    else if (this.preview.isOpen || (this.#follows && this.roomy)) this.#look();
  }

  #summary(): string {
    const named = this.unread.length > 0 ? `${plural(this.unread.length, 'file')} found by name only.` : '';
    if (this.total > 0) return `${plural(this.total, 'result')}. ${named}`.trim();
    return named ? `No content fits. ${named}` : 'No results.';
  }

  /** Moves the cursor; false when it leaves the list upwards. */
  step(step: Step): boolean {
    const next = walk(this.#path, this.cursor, step);
    if (next === null) return false;
    this.select(next);
    return true;
  }

  select(index: number): void {
    this.#touched = true;
    this.cursor = index;
    if (this.preview.isOpen) this.#look();
  }

  open(index = this.cursor): void {
    this.#touched = true;
    this.#follows = true;
    this.cursor = index;
    this.#look();
  }

  /** Opens the selected file in the program for it. */
  async openFile(): Promise<void> {
    if (this.selected) await openFile(this.selected);
  }

  /** For good: the next search does not open it by itself again. */
  dismissPreview(): void {
    this.#follows = false;
    this.preview.close();
  }

  #look(): void {
    const selected = this.selected;
    if (!selected) return;
    const hit = this.hits[this.cursor];
    const passage = hit?.passage ?? null;
    const request = { file: selected.file, ...(passage === null ? {} : { passage }), query: this.query.trim() };
    // Whoever is reading it must not be thrown back to its beginning when the list is renewed.
    if (JSON.stringify(this.preview.request) === JSON.stringify(request)) return;
    void this.preview.open(request, hit ? why(hit.channels) : 'the name', hit?.page ?? null);
  }
}

export const search = new SearchState();
