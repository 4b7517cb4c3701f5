import {
  asFailure,
  backend,
  type Chip,
  type Failure,
  type Hit,
  type Likelihood,
  type SavedSearch,
  type Scope,
  type SearchRequest,
  type SearchResponse,
  type Sort,
  type UnreadFile,
} from '../backend';
import { QueryCache } from '../pure/cache';
import { chipFor, chipsOf, withCondition, without } from '../pure/chips';
import { examplesOf, sameExample, withExample, type NamedExample } from '../pure/examples';
import { requestFor } from '../pure/request';
import { grouped, walk, type Grouping, type Row, type Step } from '../pure/rows';
import { why } from '../pure/why';
import { plural } from '../pure/words';
import { library } from './library.svelte';
import { messages } from './messages.svelte';
import { openFile } from './open';
import type { Picture } from './picture';
import { PreviewState } from './preview.svelte';
import { saved } from './saved.svelte';
import { Unfolded, type Part } from './unfolded.svelte';

const FIRST = 60;
const MORE = 120;
const MOST = 500;
const PAUSE = 90;
/** Whoever looks at results for so long has searched for them. */
const READS = 3000;
/** Whoever types no more for so long may wait for a second reading of the best passages. */
const SETTLES = 350;
/** Files found by name that are shown before all of them are asked for. */
const FEW = 5;

/** The search view: what was asked, what came back, where the cursor stands. */
export class SearchState {
  query = $state('');
  scope = $state<Scope>('all');
  sort = $state<Sort>('relevance');
  diverse = $state(false);
  grouping = $state<Grouping>('none');
  /** What results should be like or unlike. */
  examples = $state.raw<readonly NamedExample[]>([]);
  /** A picture from outside of the library that photos should look like. */
  picture = $state.raw<Picture | null>(null);
  response = $state.raw<SearchResponse | null>(null);
  failure = $state.raw<Failure | null>(null);
  busy = $state(false);
  /** Photos that fit side by side. */
  columns = $state(6);
  /** Every file that was found by its name is shown, not only the first. */
  allUnread = $state(false);
  /** Place of what is selected: a hit, or beyond them a file that was found by its name. */
  cursor = $state(0);
  /** Place of what is selected in what the hit was unfolded to; -1: the hit itself. */
  part = $state(-1);
  /** The library has changed since the answer; shown, not acted on, once the person reads the list. */
  stale = $state(false);
  /** How many documents and photos there are, also while only one of them is shown. */
  counts = $state.raw<{ documents: number; photos: number } | null>(null);
  preview = new PreviewState();
  unfolded = new Unfolded();

  /** How likely results have to be; null: as it is best for what is asked. */
  #sure = $state<Likelihood | null>(null);
  /** For this search, everything. */
  #weak = $state(false);
  #limit = $state(FIRST);
  /** The query is typed to its end: the re-ranker may read. */
  #settled = $state(false);

  words = $derived(this.query.trim());
  /** Whether there is anything to search for. */
  asks = $derived(this.words !== '' || this.examples.length > 0 || this.picture !== null);
  /** What is like an example is seldom likely by the words that there are not. */
  sure = $derived<Likelihood>(this.#weak ? 'weak' : (this.#sure ?? (this.words === '' ? 'weak' : 'possible')));
  request = $derived<SearchRequest>(
    requestFor(this.words, {
      scope: this.scope,
      limit: this.#limit,
      at_least: this.sure,
      sort: this.sort,
      diverse: this.diverse,
      rerank: this.#settled,
      like: examplesOf(this.examples, 'like'),
      unlike: examplesOf(this.examples, 'unlike'),
    }),
  );

  /** The parts of the query that the answer took as conditions. */
  chips = $derived<readonly Chip[]>(this.response?.chips ?? []);
  hits = $derived<readonly Hit[]>(this.response?.hits ?? []);
  groups = $derived(grouped(this.hits, this.scope, this.columns, this.grouping));
  /** Files that are known by their names alone, and those of them on show. */
  unread = $derived<readonly UnreadFile[]>(this.response?.unread ?? []);
  named = $derived(this.allUnread ? this.unread : this.unread.slice(0, FEW));
  selected = $derived<Hit | UnreadFile | null>(this.hits[this.cursor] ?? this.named[this.cursor - this.hits.length] ?? null);
  /** What the selected hit was unfolded to. */
  parts = $derived<readonly Part[]>(this.unfolded.of(this.hits[this.cursor]));
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
  #path = $derived<Row[]>([
    ...this.groups.flatMap(({ rows }) => rows),
    ...this.named.map((_, i): Row => ({ kind: 'card', index: this.hits.length + i })),
  ]);
  #asked = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reads: ReturnType<typeof setTimeout> | undefined;
  #settles: ReturnType<typeof setTimeout> | undefined;
  #answers = new QueryCache<SearchResponse>(40);
  #touched = false;
  /** The query that the answer belongs to: where its chips are. */
  #answered = '';
  /** Whether the preview follows the best hit: there is room beside the list, and the person did not close it. */
  #follows = true;
  /** Room beside the list. The view tells. */
  roomy = true;

  get canShowMore(): boolean {
    return this.hits.length >= this.#limit && this.#limit < MOST;
  }

  get hasMoreUnread(): boolean {
    return this.unread.length > FEW;
  }

  type(text: string): void {
    this.query = text;
    this.#begin();
    if (this.asks) this.#timer = setTimeout(() => void this.run(), PAUSE);
    else this.clear();
  }

  /** What is asked is another thing now. */
  #begin(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#reads);
    clearTimeout(this.#settles);
    this.#settled = false;
    this.allUnread = false;
    this.#limit = FIRST;
    this.#weak = false;
    this.#touched = false;
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
    return this.response !== null && this.words === this.#answered;
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
    clearTimeout(this.#reads);
    clearTimeout(this.#settles);
    this.#asked += 1;
    if (this.examples.length > 0 || this.picture) this.scope = 'all';
    this.query = '';
    this.examples = [];
    this.picture = null;
    this.response = null;
    this.counts = null;
    this.failure = null;
    this.busy = false;
    this.stale = false;
    this.cursor = 0;
    this.part = -1;
    this.preview.close();
  }

  narrow(scope: Scope): void {
    if (scope === this.scope) return;
    this.scope = scope;
    this.#again();
  }

  sortBy(sort: Sort): void {
    this.sort = sort;
    this.#again();
  }

  vary(diverse: boolean): void {
    this.diverse = diverse;
    this.#again();
  }

  beSure(atLeast: Likelihood): void {
    this.#weak = false;
    this.#sure = atLeast;
    this.#again();
  }

  group(grouping: Grouping): void {
    this.grouping = grouping;
  }

  /** The same asked in another way. */
  #again(): void {
    this.allUnread = false;
    this.#touched = false;
    if (this.asks) void this.run();
  }

  /** Results should be like this, or unlike it, beside what else is asked. */
  addExample(example: NamedExample): void {
    this.examples = withExample(this.examples, example);
    this.#begin();
    void this.run();
  }

  /** Looks for what is like a file, and for nothing else. */
  only(example: NamedExample, scope: Scope): void {
    this.clear();
    this.scope = scope;
    this.addExample(example);
  }

  dropExample(example: NamedExample): void {
    this.examples = this.examples.filter((other) => !sameExample(other, example));
    this.#dropped();
  }

  usePicture(picture: Picture): void {
    this.picture = picture;
    this.#begin();
    void this.run();
  }

  dropPicture(): void {
    this.picture = null;
    this.#dropped();
  }

  #dropped(): void {
    this.#begin();
    if (this.asks) void this.run();
    else {
      this.scope = 'all';
      this.clear();
    }
  }

  /** Asks once more what was kept. */
  async recall({ request }: SavedSearch): Promise<void> {
    this.clear();
    const asked = this.#asked;
    const examples = [
      ...request.like.map((example) => ({ ...example, sign: 'like' as const })),
      ...request.unlike.map((example) => ({ ...example, sign: 'unlike' as const })),
    ];
    const named = await Promise.all(
      examples.map(async (example) => ({ ...example, name: await nameOf(example.file) })),
    );
    if (asked !== this.#asked) return;
    this.#begin();
    this.query = request.query;
    this.scope = request.scope;
    this.sort = request.sort;
    this.diverse = request.diverse;
    this.#sure = request.at_least;
    this.examples = named;
    await this.run();
  }

  /** Shows what is less likely, too. */
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
    if (this.response === null) return;
    if (this.#touched) this.stale = true;
    else void this.run();
  }

  refresh(): void {
    this.#touched = false;
    void this.run();
  }

  async run(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.asks) return;
    const { request, scope, picture } = this;
    const asked = ++this.#asked;
    this.busy = true;
    try {
      const key = JSON.stringify([library.generation, request, picture?.id]);
      const response = await this.#answers.get(key, () =>
        picture ? backend.searchPastedPicture(request, picture.bytes) : backend.search(request),
      );
      if (asked !== this.#asked) return;
      this.#show(response, scope, request.query);
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
    const part = this.part;
    this.response = response;
    this.#answered = answered;
    this.failure = null;
    this.stale = false;
    this.unfolded.begin(this.request);
    if (scope === 'all') this.counts = { documents: response.documents, photos: response.photos };
    else if (this.counts && this.words === '') this.counts = null;
    const place = [...this.hits, ...this.named].findIndex(({ file }) => file === kept);
    this.cursor = Math.max(0, place);
    this.part = place >= 0 && part < this.parts.length ? part : -1;
    messages.say(this.#summary());
    this.#rememberLater();
    this.#settleLater();
    // What nobody chose to look at must not be read before everything else.
    if (!this.hits[this.cursor] && place < 0) this.preview.close();
    else if (this.preview.isOpen || (this.#follows && this.roomy)) this.#look();
  }

  #rememberLater(): void {
    clearTimeout(this.#reads);
    const query = this.words;
    if (this.total > 0) this.#reads = setTimeout(() => query === this.words && saved.remember(query), READS);
  }

  /** Has the best passages read again, where a re-ranker is installed and nobody reads the list yet. */
  #settleLater(): void {
    clearTimeout(this.#settles);
    if (this.#settled || !library.status?.reranker || this.words === '' || this.sort !== 'relevance') return;
    this.#settles = setTimeout(() => {
      if (this.#touched) return;
      this.#settled = true;
      void this.run();
    }, SETTLES);
  }

  #summary(): string {
    const named = this.unread.length > 0 ? `${plural(this.unread.length, 'file')} found by name only.` : '';
    if (this.total > 0) return `${plural(this.total, 'result')}. ${named}`.trim();
    return named ? `No content fits. ${named}` : 'No results.';
  }

  /** Moves the cursor; false when it leaves the list upwards. */
  step(step: Step): boolean {
    if (this.#stepInside(step)) return true;
    const next = walk(this.#path, this.cursor, step);
    if (next === null) return false;
    const up = step === 'up' && next !== this.cursor;
    this.select(next);
    if (up && this.parts.length > 0) this.choosePart(this.parts.length - 1);
    return true;
  }

  /** Through what the hit was unfolded to; to the right it is unfolded, to the left folded. */
  #stepInside(step: Step): boolean {
    const hit = this.hits[this.cursor];
    if (step === 'down' && this.part + 1 < this.parts.length) this.choosePart(this.part + 1);
    else if (step === 'up' && this.part >= 0) this.choosePart(this.part - 1);
    else if (hit?.family !== 'document' || (step !== 'left' && step !== 'right')) return false;
    else if (step === 'right' && !this.unfolded.has(hit)) void this.unfolded.unfold(hit);
    else if (step === 'right' && this.part < 0 && this.parts.length > 0) this.choosePart(0);
    else if (step === 'left' && this.part >= 0) this.choosePart(-1);
    else if (step === 'left') this.unfolded.fold(hit);
    return true;
  }

  choosePart(part: number): void {
    this.#touched = true;
    this.part = part;
    if (this.preview.isOpen) this.#look();
  }

  /** Unfolds a hit, or folds it. */
  toggle(index: number): void {
    const hit = this.hits[index];
    if (!hit) return;
    this.#touched = true;
    if (this.cursor === index) this.part = -1;
    if (this.unfolded.has(hit)) this.unfolded.fold(hit);
    else void this.unfolded.unfold(hit);
  }

  select(index: number): void {
    this.#touched = true;
    this.cursor = index;
    this.part = -1;
    if (this.preview.isOpen) this.#look();
  }

  open(index = this.cursor, part = -1): void {
    this.#touched = true;
    this.#follows = true;
    this.cursor = index;
    this.part = part;
    saved.remember(this.words);
    this.#look();
  }

  /** Opens the selected file in the program for it. */
  async openFile(): Promise<void> {
    saved.remember(this.words);
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
    const part = this.parts[this.part];
    const file = part?.kind === 'alike' ? part.alike.file : selected.file;
    const passage = part ? (part.kind === 'passage' ? part.found.passage : null) : (hit?.passage ?? null);
    const request = { file, ...(passage === null ? {} : { passage }), query: this.words };
    // Whoever is reading it must not be thrown back to its beginning when the list is renewed.
    if (JSON.stringify(this.preview.request) === JSON.stringify(request)) return;
    const page = part ? (part.kind === 'passage' ? part.found.page : null) : (hit?.page ?? null);
    const matched = part?.kind === 'alike' ? 'nearly the same as a result' : hit ? why(hit.channels) : 'the name';
    void this.preview.open(request, matched, page);
  }
}

async function nameOf(file: number): Promise<string> {
  return (await backend.preview({ file }).catch(() => null))?.name ?? 'a file';
}

export const search = new SearchState();
