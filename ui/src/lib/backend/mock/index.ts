import type { Backend, Events, Failure } from '../backend';
import type {
  Answer,
  Computing,
  DimensionsView,
  FolderView,
  IndexForm,
  Indexing,
  Item,
  JobView,
  Measured,
  ModelView,
  OcrView,
  Preview,
  PreviewText,
  ProblemCode,
  SavedSearch,
  Settings,
  Space,
  SpaceStatus,
  Status,
  UnreadFile,
} from '../types';
import { requestFor } from '../../pure/request';
import { documents } from './documents';
import { MadeUpEvaluations } from './evaluations';
import { explained, heatOf, passagesFor } from './explain';
import { documentFile, find, isPhoto, marksIn, passageId, PHOTOS, photoDate, photoFile, photoIndex, photoName } from './find';
import { foldersIn, pathOf, rootOf } from './folders';
import { choicesOf, dimsOf, diskOf, FULL, measuredOf, memoryOf } from './forms';
import { landscape } from './landscape';
import { models } from './models';
import { photoTexts } from './photo-texts';
import { pageUrl } from './pages';
import { hashOf } from './random';
import { sceneUrl } from './scenes';
import { failures, waiting } from './unread';

/**
 * `''`: a library as it is after some months. `empty`: the first run. `busy`: the same with an indexing job.
 * `battery`: an indexing job that waits for the charger.
 * `bare`: neither models nor Tesseract installed. `broken`: every command fails.
 */
export interface MockOptions {
  scenario?: string;
  /** Scales every delay; 0 answers at once. */
  delay?: number;
}

const PASSAGES = 48_120;
const DOCUMENTS = 7_531;
const ITEMS: Record<Space, number> = { text: PASSAGES, photo: PHOTOS };

const OWN_EXCLUDES = ['.*', 'node_modules/', 'target/', '__pycache__/', 'cache/', '#recycle/', 'thumbs.db', 'desktop.ini', '*.tmp', '*.part', '~$*', '*~'];
/** Files that each new rule would take out of the library. */
const LEFT_OUT = 1_204;
/** The part of the photos that has text in it. */
const WITH_TEXT = 0.286;

/** What became of the files, after so many of them. */
function filesOf(kind: JobView['kind'], done: number): JobView['files'] {
  if (kind !== 'index') return { read: 0, merged: 0, unchanged: 0 };
  const [read, merged] = [Math.round(done * 0.25), Math.round(done * 0.02)];
  return { read, merged, unchanged: done - read - merged };
}

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** The engine, made up: believable data, small delays, a job that makes progress. */
export class MockBackend implements Backend {
  #scenario: string;
  #delay: number;
  #empty: boolean;
  #roots: Status['roots'];
  #jobs: JobView[] = [];
  #unreadable = failures();
  #models = models();
  /** The forms of the indexes that answer, which may not be those that were chosen last. */
  #atWork: Record<Space, IndexForm> = { text: { dims: 'full', storage: 'f16' }, photo: { dims: 'full', storage: 'f16' } };
  #measured: Partial<Record<Space, Measured>> = {};
  #settings: Settings = {
    text_model: null,
    photo_model: null,
    text_index: { now: this.#atWork.text, before: null },
    photo_index: { now: this.#atWork.photo, before: null },
    excludes: null,
    ocr: null,
    indexing: { cores: 'all', only_on_mains: false, gitignore: false, archives: false },
    history: true,
    computing: 'exact',
    theme: 'system',
  };
  #generation = 41;
  #askRound = 0;
  #listeners = new Map<string, Set<(payload: never) => void>>();
  /** What was asked of the system, for tests: "open 3", "copy 10007". */
  readonly asked: string[] = [];

  constructor({ scenario = '', delay = 1 }: MockOptions = {}) {
    this.#scenario = scenario;
    this.#delay = delay;
    this.#empty = scenario === 'empty';
    this.#roots = this.#empty
      ? []
      : [
          { id: 1, display: '/home/ada/Documents', online: true, ready: 7_204, pending: 0, failed: 5 },
          { id: 2, display: '/home/ada/Pictures', online: true, ready: 4_209, pending: 0, failed: 3 },
          { id: 3, display: '/media/ada/Backup drive/Notes', online: false, ready: 327, pending: 0, failed: 1 },
        ];
    if (scenario === 'bare') this.#models = this.#models.map((model) => ({ ...model, installed: false, active: false }));
    if (scenario === 'busy' || scenario === 'battery') this.#index('Indexing Documents', 7_740, 4_812);
    if (scenario === 'battery') {
      this.#settings = { ...this.#settings, indexing: { ...this.#settings.indexing, only_on_mains: true } };
      this.#jobs = this.#jobs.map((job) => ({ ...job, state: 'paused', waits_for_power: true }));
    }
  }

  async status(): Promise<Status> {
    await this.#wait(8);
    const seen = this.#empty ? 0 : 1;
    return {
      version: '0.1.0',
      roots: this.#roots,
      documents: seen * DOCUMENTS,
      photos: seen * PHOTOS,
      passages: seen * PASSAGES,
      pending: this.#jobs.reduce((n, job) => n + (job.kind === 'index' ? job.total - job.done : 0), 0),
      failed: seen * this.#failed.length,
      text: this.#space('text', 'all-minilm-l6-v2', 'MiniLM L6 (English): Finds documents by meaning.'),
      photo: this.#space('photo', 'cairn-photo-3', 'Built-in photo model: Finds everyday things and scenes; get CLIP for finer search.'),
      database_bytes: 84_000 + seen * 412_600_000,
      thumbnail_bytes: seen * 71_300_000,
      library_dir: '/home/ada/.local/share/cairn',
      reranker: null,
      models_dir: '/home/ada/.local/share/cairn/models',
      generation: this.#generation,
    };
  }

  async addFolder(): Promise<boolean> {
    await this.#wait(300);
    this.#added('/home/ada/Documents');
    return true;
  }

  async addSample(): Promise<void> {
    await this.#wait(60);
    this.#added('/usr/share/cairn/sample');
  }

  async removeRoot(id: number): Promise<void> {
    await this.#wait(60);
    this.#roots = this.#roots.filter((root) => root.id !== id);
    this.#empty = this.#roots.length === 0;
    this.#changed();
  }

  async rescan(): Promise<void> {
    await this.#wait(40);
    this.#index('Looking for changes', 11_740, 0);
  }

  get #lines(): string[] {
    return this.#settings.excludes ?? OWN_EXCLUDES;
  }

  /** What cannot be read and is not left out. */
  get #failed() {
    return this.#unreadable.filter(({ rule }) => rule === null || !this.#lines.includes(rule));
  }

  excludes: Backend['excludes'] = async () => {
    await this.#wait(10);
    return { lines: this.#lines, by_default: this.#settings.excludes === null };
  };

  previewExcludes: Backend['previewExcludes'] = async (lines) => {
    await this.#wait(250);
    this.#understand(lines);
    const now = this.#lines;
    const fresh = lines.filter((line) => !/^(#|!|$)/.test(line) && !now.includes(line)).length;
    if (this.#empty || fresh === 0) return { files: 0, examples: [] };
    const paths = documents.map(({ folder, name }) => pathOf(folder, name));
    return { files: fresh * LEFT_OUT, examples: paths.slice(0, 12) };
  };

  setExcludes: Backend['setExcludes'] = async (lines) => {
    await this.#wait(120);
    this.#understand(lines ?? []);
    this.#settings = { ...this.#settings, excludes: lines };
    this.#index('Looking for files', 11_740, 0);
    this.#changed();
  };

  folders: Backend['folders'] = async (root, below) => {
    await this.#wait(60);
    const lines = this.#lines;
    return foldersIn(root, below).map((folder): FolderView => {
      const rule = `/${folder.below}/`;
      const outside = below.split('/').map((_, i, names) => `/${names.slice(0, i + 1).join('/')}/`);
      const left_out = [rule, `${folder.name}/`, ...outside].some((line) => lines.includes(line));
      return { ...folder, rule, left_out, files: left_out ? 0 : folder.files };
    });
  };

  async readFirst(root: number, below: string): Promise<void> {
    await this.#wait(40);
    this.asked.push(`read first ${root} ${below}`.trim());
    this.#index(`Reading ${below.split('/').at(-1) || this.#roots.find(({ id }) => id === root)?.display.split('/').at(-1)}`, 327, 0);
  }

  async setIndexing(indexing: Indexing): Promise<void> {
    await this.#wait(40);
    const again = indexing.gitignore !== this.#settings.indexing.gitignore || indexing.archives !== this.#settings.indexing.archives;
    this.#settings = { ...this.#settings, indexing };
    if (again) this.#index('Looking for files', 11_740, 0);
  }

  #understand(lines: string[]): void {
    const bad = lines.find((line) => line.includes('[z-a]'));
    if (bad === undefined) return;
    throw { code: 'user', message: `“${bad}” is no rule: error parsing glob '${bad}': invalid range; 'z' > 'a'` } satisfies Failure;
  }

  async jobs(): Promise<JobView[]> {
    if (this.#scenario === 'broken') throw this.#broken();
    this.#work();
    return this.#jobs.map((job) => ({ ...job }));
  }

  async jobPause(id: number): Promise<void> {
    await this.#set(id, 'paused');
  }

  async jobResume(id: number): Promise<void> {
    await this.#set(id, 'running');
  }

  async jobCancel(id: number): Promise<void> {
    await this.#set(id, 'cancelled');
  }

  search: Backend['search'] = async (request) => {
    await this.#wait(24);
    if (this.#empty) return { hits: [], documents: 0, photos: 0, weak_hidden: 0, took_ms: 0.3, notes: [], plans: [], chips: [], unread: [] };
    const notes = this.#scenario === 'bare' ? ['search inside pictures needs a photo model'] : [];
    return find(request, notes, this.#photoChannels, this.#unread());
  };

  get #photoChannels() {
    return { look: this.#scenario !== 'bare', text: this.#settings.ocr !== null };
  }

  /** Files of which no more is known than their names: they cannot be read, or wait for a job. */
  #unread(): UnreadFile[] {
    const reads = this.#jobs.some(({ kind, state }) => kind === 'index' && ['running', 'paused', 'queued'].includes(state));
    return [...this.#failed, ...(reads ? waiting : [])];
  }

  comparePhotoModels: Backend['comparePhotoModels'] = async (query, limit) => {
    await this.#wait(300);
    const { hits } = find(requestFor(query, { scope: 'photos', limit, at_least: 'weak' }), [], { look: true, text: false });
    const side = (model: string, name: string, turned: typeof hits) => ({ model, name, seen: PHOTOS, hits: turned });
    return [side('clip-vit-base-patch32', 'CLIP ViT-B/32', hits), side('cairn-photo-3', 'Built-in photo model', hits.toReversed())];
  };

  #stars: { query: string; item: Item }[] = [];

  star: Backend['star'] = async (query, file, starred) => {
    await this.#wait(10);
    this.#stars = this.#stars.filter((star) => star.query !== query || star.item.file !== file);
    const item = isPhoto(file) ? this.#photoItem(photoIndex(file) % PHOTOS) : this.#documentItem(file - 1);
    if (starred) this.#stars = [{ query, item: { ...item, file } }, ...this.#stars];
  };

  starredSearches: Backend['starredSearches'] = async () => {
    await this.#wait(5);
    const queries = [...new Set(this.#stars.map(({ query }) => query))];
    return queries.map((query) => ({ query, items: this.#stars.filter((star) => star.query === query).map(({ item }) => item) }));
  };

  scorePhotoModels: Backend['scorePhotoModels'] = async () => {
    await this.#wait(300);
    const stars = this.#stars.filter(({ item }) => item.family === 'photo').length;
    const score = (model: string, name: string, found: number) => ({ model, name, stars, found, seen: PHOTOS });
    return stars === 0 ? [] : [score('clip-vit-base-patch32', 'CLIP ViT-B/32', stars), score('cairn-photo-3', 'Built-in photo model', stars - 1)];
  };

  foundPassages: Backend['foundPassages'] = async (file, request) => {
    await this.#wait(30);
    return passagesFor(file, request);
  };

  explain: Backend['explain'] = async (file, request) => {
    await this.#wait(60);
    return explained(file, request, this.#photoChannels);
  };

  heat: Backend['heat'] = async (file) => {
    await this.#wait(900);
    if (this.#scenario === 'bare') throw { code: 'model_missing', message: 'Looking into photos needs a photo model. Get one in the settings.' } satisfies Failure;
    return heatOf(file);
  };

  #saved: SavedSearch[] = [
    { id: 2, name: 'Everything about the house', request: requestFor('roof boiler invoice in:House', { scope: 'documents', sort: 'newest' }) },
    { id: 1, name: 'Dogs at the lake', request: requestFor('dogs playing by the water') },
  ];
  #past = ['the invoice for the roof repair', 'notice period of the flat', 'sunset'];

  savedSearches: Backend['savedSearches'] = async () => {
    await this.#wait(6);
    return this.#empty ? [] : this.#saved;
  };

  saveSearch: Backend['saveSearch'] = async (name, request) => {
    await this.#wait(10);
    if (name.trim() === '') throw { code: 'user', message: 'A saved search needs a name.' } satisfies Failure;
    const id = 1 + Math.max(0, ...this.#saved.map((saved) => saved.id));
    this.#saved = [{ id, name: name.trim(), request }, ...this.#saved];
  };

  renameSearch: Backend['renameSearch'] = async (id, name) => {
    await this.#wait(10);
    if (name.trim() === '') throw { code: 'user', message: 'A saved search needs a name.' } satisfies Failure;
    this.#saved = this.#saved.map((saved) => (saved.id === id ? { ...saved, name: name.trim() } : saved));
  };

  forgetSearch: Backend['forgetSearch'] = async (id) => {
    await this.#wait(10);
    this.#saved = this.#saved.filter((saved) => saved.id !== id);
  };

  pastSearches: Backend['pastSearches'] = async (limit) => {
    await this.#wait(6);
    return this.#empty ? [] : this.#past.slice(0, limit);
  };

  rememberSearch: Backend['rememberSearch'] = async (query) => {
    if (this.#settings.history) this.#past = [query, ...this.#past.filter((past) => past !== query)];
  };

  forgetPastSearches: Backend['forgetPastSearches'] = async (query) => {
    await this.#wait(10);
    this.#past = query === null ? [] : this.#past.filter((past) => past !== query);
  };

  keepHistory: Backend['keepHistory'] = async (history) => {
    await this.#wait(10);
    this.#settings = { ...this.#settings, history };
    if (!history) this.#past = [];
  };

  #evaluations = new MadeUpEvaluations();

  evaluations: Backend['evaluations'] = async () => {
    await this.#wait(20);
    const starred = await this.starredSearches();
    return this.#empty ? { golden: 0, past: [], change: null } : this.#evaluations.view(starred.length);
  };

  evaluate: Backend['evaluate'] = async () => {
    await this.#wait(30);
    const starred = await this.starredSearches();
    this.#start(
      { title: 'Measuring your starred searches', kind: 'measure', phase: 'Searching', total: 21, rate: 14, unit: 'searches', item: '' },
      0,
      () => this.#evaluations.measure(starred),
    );
  };

  searchPastedPicture: Backend['searchPastedPicture'] = async (request, picture) => {
    await this.#wait(24);
    if (picture.length === 0) throw { code: 'user', message: 'This is no picture that Cairn can read.' } satisfies Failure;
    return find({ ...request, query: `${request.query} sunset` }, [], { look: true, text: false });
  };

  preview: Backend['preview'] = async ({ file, passage, focus, query = '' }) => {
    await this.#wait(18);
    const named = [...this.#failed, ...waiting].find((known) => known.file === file);
    if (named) return this.#named(named);
    return isPhoto(file) ? this.#photo(file, query) : this.#document(file, passage, focus, query);
  };

  photos: Backend['photos'] = async (offset, limit) => {
    await this.#wait(30);
    const total = this.#empty ? 0 : PHOTOS;
    const length = Math.max(0, Math.min(limit, total - offset));
    return {
      total,
      photos: Array.from({ length }, (_, i) => {
        const index = offset + i;
        return {
          file: photoFile(index),
          root: rootOf('Pictures'),
          hash: hashOf(photoFile(index)),
          name: photoName(index),
          date_ms: photoDate(index),
          width: 4032,
          height: 3024,
        };
      }),
    };
  };

  thumbUrl(hash: string): string {
    return sceneUrl(hash);
  }

  pageUrl = pageUrl;

  openFile = (file: number) => this.#note('open', file);
  revealFile = (file: number) => this.#note('reveal', file);
  copyPath = (file: number) => this.#note('copy', file);

  map: Backend['map'] = async () => {
    await this.#wait(120);
    const map = landscape(this.#generation);
    if (!this.#empty) return map;
    return { ...map, files: [], x: [], y: [], cluster: [], family: [], clusters: [] };
  };

  clusterItems: Backend['clusterItems'] = async (cluster, offset, limit) => {
    await this.#wait(30);
    const map = landscape(this.#generation);
    const places = map.files.flatMap((_, i) => (map.cluster[i] === cluster ? [i] : [])).slice(offset, offset + limit);
    return places.map((i) => (map.family[i] === 1 ? this.#photoItem(i) : this.#documentItem(i % documents.length, map.files[i] ?? 0)));
  };

  ask: Backend['ask'] = async (question) => {
    const round = ++this.#askRound;
    await this.#wait(700);
    if (round !== this.#askRound) throw { code: 'cancelled', message: 'Cancelled.' } satisfies Failure;
    return this.#answer(question);
  };

  async askCancel(): Promise<void> {
    this.#askRound += 1;
  }

  duplicates: Backend['duplicates'] = async () => {
    await this.#wait(50);
    if (this.#empty) return [];
    const twice = (item: Item, ...folders: string[]) => ({
      sameness: 'exact' as const,
      items: folders.map((folder, i) => ({ ...item, folder, root: rootOf(folder), file: item.file + (i === 0 ? 0 : 50_000 + i) })),
    });
    const version = (item: Item, round: number, name: string, folder: string, size: number, date: string): Item => ({
      ...item,
      file: item.file + round * documents.length,
      name,
      folder,
      root: rootOf(folder),
      size,
      date_ms: Date.parse(date),
    });
    const [invoice, lease, minutes] = [this.#documentItem(3), this.#documentItem(7), this.#documentItem(9)];
    return [
      twice(invoice, 'Documents / House / Invoices', 'Documents / Taxes / 2024', 'Downloads'),
      twice(this.#documentItem(4), 'Documents / House / Manuals', 'Downloads / old'),
      twice(this.#documentItem(6), 'Notes / Recipes', 'Documents / Family'),
      ...[12, 57, 140, 390].map((i) => twice(this.#photoItem(i), 'Pictures / Camera', 'Pictures / Camera / copies to sort')),
      {
        sameness: 'looks',
        items: [700, 701, 702].map((i) => (i === 701 ? { ...this.#photoItem(i), name: 'IMG_9175 (1).jpg', folder: 'Downloads', size: 412_000 } : this.#photoItem(i))),
      },
      { sameness: 'same', items: [invoice, version(invoice, 1, 'RE_2024-118.docx', 'Downloads', 84_000, '2024-10-21')] },
      { sameness: 'nearly_same', items: [lease, version(lease, 1, 'lease-linden-street copy.pdf', 'Desktop', 1_198_000, '2019-03-21')] },
      {
        sameness: 'revision',
        items: [
          minutes,
          version(minutes, 1, 'minutes-of-the-forty-third-meeting-draft.docx', 'Documents / Garden / Association / Minutes', 88_000, '2024-04-16'),
          version(minutes, 2, 'minutes-43.docx', 'Documents / Garden / Association', 91_000, '2024-04-18'),
        ],
      },
    ];
  };

  failedFiles: Backend['failedFiles'] = async (offset, limit) => {
    await this.#wait(25);
    const counts = new Map<ProblemCode, number>();
    for (const { problem } of this.#failed) counts.set(problem.code, (counts.get(problem.code) ?? 0) + 1);
    return {
      total: this.#failed.length,
      by_reason: [...counts].sort((a, b) => b[1] - a[1]),
      files: this.#failed.slice(offset, offset + limit),
    };
  };

  async retryFailed(file?: number): Promise<void> {
    await this.#wait(40);
    if (file === undefined) this.#index('Trying again', this.#failed.length, 0);
    else this.#unreadable = this.#unreadable.filter((failed) => failed.file !== file);
    this.#changed();
  }

  async models() {
    await this.#wait(20);
    return this.#models;
  }

  async modelGet(id: string): Promise<void> {
    await this.#wait(30);
    const model = this.#models.find((candidate) => candidate.id === id);
    if (!model) throw { code: 'notfound', message: `There is no model ${id}.` } satisfies Failure;
    this.#start(
      {
        title: `Getting ${model.repo}`,
        kind: 'download',
        phase: 'Downloading model.safetensors',
        total: model.bytes,
        rate: 9_400_000,
        unit: 'bytes',
        item: 'model.safetensors',
      },
      0,
      () => this.#model(id, { installed: true, removable: true, remedy: '' }),
    );
  }

  async modelImport(id: string): Promise<boolean> {
    await this.#wait(300);
    this.#model(id, { installed: true, removable: true, remedy: '' });
    return true;
  }

  async modelUse(id: string): Promise<void> {
    await this.#wait(60);
    const role = this.#models.find((model) => model.id === id)?.role;
    const builtIn = 'cairn-photo-3';
    this.#models = this.#models.map((model) => {
      if (model.role !== role) return model;
      const active = model.id === id;
      return { ...model, active, removable: model.installed && !active && model.id !== builtIn };
    });
    this.#changed();
  }

  modelImportZip = (id: string) => this.modelImport(id);

  async modelVerify(id: string): Promise<string | null> {
    await this.#wait(900);
    if (id !== 'clip-vit-base-patch32') return null;
    return 'model.safetensors is not what its makers published: its checksum differs. Get it again.';
  }

  async modelRemove(id: string): Promise<void> {
    await this.#wait(80);
    this.#model(id, { installed: false, removable: false, speed: null, remedy: 'Not on this computer yet. Get it, or import a folder that holds it.' });
    this.#changed();
  }

  async modelMeasure(id: string): Promise<void> {
    await this.#wait(30);
    const model = this.#models.find((candidate) => candidate.id === id);
    this.#start(
      { title: `Measuring ${model?.name}`, kind: 'measure', phase: 'Measuring', total: 64, rate: 64, unit: 'items', item: '' },
      0,
      () => this.#model(id, { speed: { per_second: model?.role === 'photo' ? 12.4 : 31.2, query_ms: 8.1 } }),
    );
  }

  async device() {
    await this.#wait(10);
    return {
      device: 'Processor',
      detail: '2 threads, AVX-512 with VNNI',
      reason: 'There is no graphics card that Cairn can compute on.',
      computing: this.#settings.computing,
      fast_unavailable: this.#scenario === 'busy' ? 'This processor has no instructions for 8-bit integers.' : '',
    };
  }

  async chooseComputing(computing: Computing): Promise<void> {
    await this.#wait(40);
    this.#settings = { ...this.#settings, computing };
  }

  /** The last job that reads text in photos. */
  #reading: JobView['id'] | null = null;

  async ocr(): Promise<OcrView> {
    await this.#wait(30);
    const missing = this.#scenario === 'bare';
    const read = this.#jobs.find(({ id }) => id === this.#reading)?.done ?? 0;
    return {
      version: missing ? null : '5.3.0',
      languages: missing ? [] : ['deu', 'eng', 'fra'],
      chosen: this.#settings.ocr,
      photos_with_text: Math.round(read * WITH_TEXT),
      photos_waiting: (this.#empty ? 0 : PHOTOS) - read,
    };
  }

  setOcr: Backend['setOcr'] = async (languages) => {
    await this.#wait(120);
    if (languages && this.#scenario === 'bare') {
      throw { code: 'user', message: 'Text in pictures is read by Tesseract, which was not found on this computer.' } satisfies Failure;
    }
    this.#settings = { ...this.#settings, ocr: languages };
    if (languages) {
      this.#reading = this.#start({
        title: 'Updating the library',
        kind: 'index',
        phase: 'Reading text in photos',
        total: this.#empty ? 0 : PHOTOS,
        rate: PHOTOS / 4,
        unit: 'photos',
        item: photoName(0),
      });
    }
    this.#changed();
  };

  async dimensions(): Promise<DimensionsView[]> {
    await this.#wait(20);
    if (this.#scenario === 'bare') return [];
    return [this.#view('text', 'all-minilm-l6-v2', 'MiniLM L6 (English)'), this.#view('photo', 'cairn-photo-3', 'Built-in photo model')];
  }

  async chooseForm(space: Space, form: IndexForm): Promise<void> {
    await this.#wait(30);
    const now = this.#settings[`${space}_index`].now;
    this.#settings = { ...this.#settings, [`${space}_index`]: { now: form, before: now } };
    this.#start(
      {
        title: `Building the index of ${space === 'text' ? 'passages' : 'photos'} with ${dimsOf(form)} dimensions as ${form.storage}`,
        kind: 'rebuild',
        phase: 'Adding vectors',
        total: ITEMS[space],
        rate: ITEMS[space],
        unit: space === 'text' ? 'passages' : 'photos',
        item: '',
      },
      0,
      () => (this.#atWork[space] = form),
    );
  }

  async measureDimensions(): Promise<void> {
    await this.#wait(30);
    this.#start(
      { title: 'Measuring dimensions on your library', kind: 'measure', phase: 'Passages', total: 32, rate: 20, unit: 'forms', item: '' },
      0,
      () => {
        const starred = new Set(this.#stars.map(({ query }) => query)).size;
        for (const space of ['text', 'photo'] as const) this.#measured[space] = measuredOf(space, this.#vectors(space), starred);
      },
    );
  }

  #vectors = (space: Space) => (this.#empty || this.#scenario === 'bare' ? 0 : ITEMS[space]);

  #view(space: Space, model: string, name: string): DimensionsView {
    const vectors = this.#vectors(space);
    const { now, before } = this.#settings[`${space}_index`];
    return {
      space,
      model,
      name,
      vectors,
      full_dims: FULL,
      matryoshka: false,
      rotated: vectors > 0,
      current: now,
      building: now !== this.#atWork[space],
      before,
      memory_bytes: memoryOf(this.#atWork[space], vectors),
      disk_bytes: diskOf(this.#atWork[space], vectors),
      choices: choicesOf(space, vectors, space in this.#measured),
      measured: this.#measured[space] ?? null,
    };
  }

  #space(space: Space, model: string, about: string): SpaceStatus {
    const bare = this.#scenario === 'bare';
    const vectors = this.#vectors(space);
    const form = this.#atWork[space];
    return {
      model: bare ? null : model,
      about: bare ? '' : about,
      vectors,
      waiting: 0,
      full_dims: bare ? 0 : FULL,
      dims: bare ? 0 : dimsOf(form),
      storage: form.storage,
      rotated: dimsOf(form) < FULL,
      memory_bytes: memoryOf(form, vectors),
      disk_bytes: diskOf(form, vectors),
    };
  }

  #model(id: string, now: Partial<ModelView>): void {
    this.#models = this.#models.map((model) => (model.id === id ? { ...model, ...now } : model));
  }

  async settings() {
    await this.#wait(5);
    return this.#settings;
  }

  async setSettings(settings: Settings): Promise<void> {
    await this.#wait(5);
    this.#settings = settings;
  }

  on<E extends keyof Events>(event: E, handler: (payload: Events[E]) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(handler));
    return () => listeners.delete(handler);
  }

  /** Sends an event, as the engine would. */
  emit<E extends keyof Events>(event: E, payload: Events[E]): void {
    for (const handler of this.#listeners.get(event) ?? []) handler(payload as never);
  }

  async #wait(ms: number): Promise<void> {
    if (this.#delay > 0) await sleep(ms * this.#delay);
    if (this.#scenario === 'broken') throw this.#broken();
  }

  #broken(): Failure {
    return {
      code: 'io',
      message: 'The library cannot be opened: the disk is full. Free some space, then try again.',
      detail: 'database or disk is full (/home/ada/.local/share/cairn/library.db)',
    };
  }

  #changed(): void {
    this.#generation += 1;
    this.emit('library-changed', { generation: this.#generation });
  }

  #added(display: string): void {
    this.#empty = false;
    this.#roots = [...this.#roots, { id: this.#roots.length + 1, display, online: true, ready: 0, pending: 7_740, failed: 0 }];
    this.#index(`Indexing ${display.split('/').at(-1)}`, 7_740, 0);
    this.#changed();
  }

  #index(title: string, total: number, done: number): void {
    this.#start({ title, kind: 'index', phase: 'Reading files', total, rate: 38, unit: 'files', item: 'Family/2025/album-notes.pdf' }, done);
  }

  /** Begins a job and tells its number; `then` is done when it has ended well. */
  #start(job: Pick<JobView, 'title' | 'kind' | 'phase' | 'total' | 'rate' | 'unit' | 'item'>, done = 0, then?: () => void): JobView['id'] {
    const id = this.#jobs.length + 1;
    this.#jobs.push({
      ...job,
      id,
      done,
      state: 'running',
      failed: done > 0 ? 7 : 0,
      eta_s: null,
      error: null,
      files: filesOf(job.kind, done),
      byte_rate: job.kind === 'index' ? 4_100_000 : 0,
      waits_for_power: false,
    });
    this.#clock.set(id, performance.now());
    if (then) this.#then.set(id, then);
    return id;
  }

  #then = new Map<number, () => void>();

  #clock = new Map<number, number>();

  /** Makes the progress that was due since it was last asked for. */
  #work(): void {
    const now = performance.now();
    for (const job of this.#jobs) {
      const since = (now - (this.#clock.get(job.id) ?? now)) / 1000;
      this.#clock.set(job.id, now);
      if (job.state !== 'running') continue;
      job.done = Math.min(job.total, Math.round(job.done + since * job.rate));
      job.files = filesOf(job.kind, job.done);
      job.eta_s = (job.total - job.done) / job.rate;
      if (job.done >= job.total) this.#finish(job);
    }
  }

  #finish(job: JobView): void {
    job.state = 'done';
    this.#then.get(job.id)?.();
    this.#changed();
  }

  async #set(id: number, state: JobView['state']): Promise<void> {
    await this.#wait(15);
    this.#work();
    this.#jobs = this.#jobs.map((job) => (job.id === id ? { ...job, state, waits_for_power: false } : job));
  }

  async #note(what: string, file: number): Promise<void> {
    await this.#wait(20);
    this.asked.push(`${what} ${file}`);
  }

  #documentItem(index: number, file = documentFile(index)): Item {
    const document = documents[index % documents.length] as (typeof documents)[number];
    return {
      file,
      root: rootOf(document.folder),
      family: 'document',
      kind: document.kind,
      title: document.title,
      name: document.name,
      folder: document.folder,
      hash: hashOf(file),
      date_ms: Date.parse(document.date),
      size: document.size,
    };
  }

  #photoItem(index: number): Item {
    return {
      file: photoFile(index),
      root: rootOf('Pictures'),
      family: 'photo',
      kind: 'jpeg',
      title: photoName(index),
      name: photoName(index),
      folder: 'Pictures / Camera',
      hash: hashOf(photoFile(index)),
      date_ms: photoDate(index),
      size: 3_412_000 + index,
    };
  }

  #photo(file: number, query: string): Preview {
    const index = photoIndex(file) % PHOTOS;
    const languages = this.#settings.ocr;
    const text = languages && photoTexts[index];
    return {
      ...this.#photoItem(index),
      file,
      hash: hashOf(file),
      modified_ms: photoDate(index),
      pages: null,
      author: null,
      written_ms: null,
      text: text ? this.#photoText(text, query) : null,
      recognised: text ? languages.join('+') : null,
      photo: { width: 4032, height: 3024, taken_ms: photoDate(index), camera: 'Fairphone 5', lens: 'Wide, 5.5 mm f/1.9', place: [54.3213, 18.6466], place_name: 'Gdańsk, Poland' },
      problem: null,
      tags: [
        { word: 'sea', confidence: 0.81 },
        { word: 'sailing boat', confidence: 0.47 },
      ],
      copies: [],
    };
  }

  #named(file: UnreadFile): Preview {
    const read = file.waits && !this.#unread().some((unread) => unread.file === file.file);
    return {
      ...file,
      family: read ? 'document' : null,
      kind: read ? file.kind : 'other',
      title: file.name,
      hash: null,
      modified_ms: file.date_ms,
      pages: null,
      author: null,
      written_ms: null,
      text: read ? this.#photoText('It was read a moment ago.', '') : null,
      recognised: null,
      photo: null,
      problem: this.#failed.find((failed) => failed.file === file.file)?.problem ?? null,
      tags: [],
      copies: [],
    };
  }

  #photoText(text: string, query: string): PreviewText {
    return {
      text,
      more_before: false,
      more_after: false,
      passage: [0, text.length],
      marks: marksIn(text, query),
      page_starts: [],
      ordinal: [1, 1],
      previous: null,
      next: null,
    };
  }

  #document(file: number, passage: number | undefined, focus: [number, number] | undefined, query: string): Preview {
    const index = (file - 1) % documents.length;
    const document = documents[index] as (typeof documents)[number];
    const asked = passage === undefined ? 0 : passage % 100;
    return {
      ...this.#documentItem(index),
      file,
      modified_ms: Date.parse(document.date),
      pages: document.pages ?? null,
      author: index === 3 ? 'Dachdeckerei Brandt' : null,
      written_ms: index === 3 ? Date.parse(document.date) : null,
      text: this.#text(index, asked, focus, query),
      recognised: document.recognised ?? null,
      photo: null,
      problem: null,
      tags: [],
      copies: index === 3 ? ['/home/ada/Documents/Taxes/2024/RE_2024-118.pdf', '/home/ada/Downloads/RE_2024-118.pdf'] : [],
    };
  }

  #text(index: number, asked: number, focus: [number, number] | undefined, query: string): PreviewText {
    const { passages, pages } = documents[index] as (typeof documents)[number];
    const starts = passages.map((_, i) => passages.slice(0, i).reduce((at, text) => at + text.length + 2, 0));
    const text = passages.join('\n\n');
    const start = starts[asked] ?? 0;
    const end = start + (passages[asked]?.length ?? 0);
    return {
      text,
      more_before: false,
      more_after: Boolean(pages && pages > passages.length),
      passage: [start, end],
      marks: focus ? [[start + focus[0], start + focus[1]]] : marksIn(text, query).filter(([at]) => at >= start && at < end),
      page_starts: pages ? starts.map((at, i): [number, number] => [i + 1, at]) : [],
      ordinal: [asked + 1, passages.length],
      previous: asked > 0 ? passageId(index, asked - 1) : null,
      next: asked + 1 < passages.length ? passageId(index, asked + 1) : null,
    };
  }

  #answer(question: string): Answer {
    const scored = documents.flatMap((document, d) =>
      document.passages.flatMap((passage, p) =>
        [...passage.matchAll(/[^.]+[.]/g)].map((sentence) => ({
          d,
          p,
          text: sentence[0].trim(),
          focus: [sentence.index, sentence.index + sentence[0].length] as [number, number],
          score: marksIn(sentence[0], question).length + 0.5 * marksIn(document.title, question).length,
        })),
      ),
    );
    const best = scored.filter(({ score }) => score >= 1.5).sort((a, b) => b.score - a.score).slice(0, 3);
    const places = [...new Set(best.map(({ d, p }) => passageId(d, p)))];
    return {
      found: best.length > 0 && !this.#empty,
      sentences: best.map(({ d, p, text, focus, score }) => ({
        text,
        source: places.indexOf(passageId(d, p)),
        score: score / 8,
        focus,
      })),
      sources: places.map((place) => {
        const d = Math.floor(place / 100) - 1;
        const document = documents[d] as (typeof documents)[number];
        return {
          file: documentFile(d),
          root: rootOf(document.folder),
          passage: place,
          kind: document.kind,
          title: document.title,
          folder: document.folder,
          page: document.pages ? (place % 100) + 1 : null,
        };
      }),
      looked_at: this.#empty ? 0 : 212,
      passages: this.#empty ? 0 : PASSAGES,
      took_ms: 84,
      notes: [],
    };
  }
}
