import type {
  Answer,
  Computing,
  ContentHash,
  DeviceView,
  DimensionsView,
  DuplicateGroup,
  Evaluations,
  Excludes,
  ExcludesPreview,
  Explanation,
  FailedPage,
  FileId,
  FolderView,
  FoundPassage,
  HeatMap,
  IndexForm,
  Indexing,
  Item,
  JobId,
  JobView,
  Map as LibraryMap,
  ModelHits,
  ModelScore,
  ModelView,
  OcrView,
  PassageId,
  PhotoPage,
  Preview,
  RootId,
  SavedSearch,
  SearchRequest,
  SearchResponse,
  Settings,
  Space,
  StarredSearch,
  Status,
} from './types';

/** What to open in the preview. `focus` counts bytes of the document's text, as an answer's citations do. */
export interface PreviewRequest {
  file: FileId;
  passage?: PassageId;
  focus?: [number, number];
  query?: string;
}

/** Side of the square that a thumbnail fits into, in pixels. */
export type ThumbSize = 320 | 1280;

/** Why a command did not do what was asked, in words for the person. */
export interface Failure {
  code: string;
  message: string;
  detail?: string;
}

export type Tone = 'done' | 'problem';

/** What the engine tells without being asked. */
export interface Events {
  'library-changed': { generation: number };
  'drop-hover': { over: boolean };
  toast: { message: string; tone: Tone };
}

/** Everything the window asks of the engine. Rejections are `Failure`s. */
export interface Backend {
  status(): Promise<Status>;

  /** Opens the system's folder dialog; false when it was cancelled. */
  addFolder(): Promise<boolean>;
  addSample(): Promise<void>;
  removeRoot(id: RootId): Promise<void>;
  rescan(): Promise<void>;

  /** The rules by which files are left out of the library. */
  excludes(): Promise<Excludes>;
  /** What the library would let go of under these lines. Rejects with a message that names a line that is no rule. */
  previewExcludes(lines: string[]): Promise<ExcludesPreview>;
  /** Leaves out what these lines say from now on and looks for files again; null: what Cairn leaves out by itself. Nothing on disk is touched. */
  setExcludes(lines: string[] | null): Promise<void>;
  /** The folders inside one of the library: directly inside the root where `below` is empty, else inside a `FolderView`'s `below`. */
  folders(root: RootId, below: string): Promise<FolderView[]>;
  /** Reads what waits in a folder of the library before everything else; all of the root where `below` is empty. */
  readFirst(root: RootId, below: string): Promise<void>;
  /** When files are read, and which, from now on. */
  setIndexing(indexing: Indexing): Promise<void>;

  jobs(): Promise<JobView[]>;
  jobPause(id: JobId): Promise<void>;
  jobResume(id: JobId): Promise<void>;
  jobCancel(id: JobId): Promise<void>;

  search(request: SearchRequest): Promise<SearchResponse>;
  /** Every passage of a document that a search finds, best first. */
  foundPassages(file: FileId, request: SearchRequest): Promise<FoundPassage[]>;
  /** Why a search finds a file, or why not. */
  explain(file: FileId, request: SearchRequest): Promise<Explanation>;
  /** Which parts of a photo speak for a search. */
  heat(file: FileId, request: SearchRequest): Promise<HeatMap>;

  /** Searches that the person keeps, the newest first. */
  savedSearches(): Promise<SavedSearch[]>;
  saveSearch(name: string, request: SearchRequest): Promise<void>;
  renameSearch(id: number, name: string): Promise<void>;
  forgetSearch(id: number): Promise<void>;
  /** What was searched for lately, the newest first. */
  pastSearches(limit: number): Promise<string[]>;
  /** Adds to what was searched for; does nothing where the person does not want that. */
  rememberSearch(query: string): Promise<void>;
  /** Forgets one thing that was searched for; null: everything. */
  forgetPastSearches(query: string | null): Promise<void>;
  /** Whether what is searched for is remembered from now on. */
  keepHistory(keep: boolean): Promise<void>;

  /** Marks a file as what a search should find, or takes the mark back. */
  star(query: string, file: FileId, starred: boolean): Promise<void>;
  /** Searches with what they should find, the newest first. */
  starredSearches(): Promise<StarredSearch[]>;
  /** How well each photo model finds the starred photos; nothing without any. */
  scorePhotoModels(): Promise<ModelScore[]>;
  /** How well the starred searches are answered, now and before. */
  evaluations(): Promise<Evaluations>;
  /** Starts a job that asks every starred search again. */
  evaluate(): Promise<void>;
  /** Searches with the bytes of a picture, beside the words. */
  searchPastedPicture(request: SearchRequest, picture: number[]): Promise<SearchResponse>;
  preview(request: PreviewRequest): Promise<Preview>;
  photos(offset: number, limit: number): Promise<PhotoPage>;
  thumbUrl(hash: ContentHash, size: ThumbSize): string;
  /** The picture of a page, counted from 1, of a document that has pages. */
  pageUrl(hash: ContentHash, page: number): string;

  openFile(file: FileId): Promise<void>;
  revealFile(file: FileId): Promise<void>;
  copyPath(file: FileId): Promise<void>;

  map(): Promise<LibraryMap>;
  clusterItems(cluster: number, offset: number, limit: number): Promise<Item[]>;

  ask(question: string): Promise<Answer>;
  askCancel(): Promise<void>;

  duplicates(): Promise<DuplicateGroup[]>;
  failedFiles(offset: number, limit: number): Promise<FailedPage>;
  /** Retries one file, or all of them. */
  retryFailed(file?: FileId): Promise<void>;

  models(): Promise<ModelView[]>;
  /** What each installed photo model finds, best first. */
  comparePhotoModels(query: string, limit: number): Promise<ModelHits[]>;
  modelGet(id: string): Promise<void>;
  /** Opens the system's folder dialog; false when it was cancelled. */
  modelImport(id: string): Promise<boolean>;
  /** Opens the system's dialog for a .zip; false when it was cancelled. */
  modelImportZip(id: string): Promise<boolean>;
  modelUse(id: string): Promise<void>;
  /** What is wrong with its files, in words; null when every one is whole. Reads all of them. */
  modelVerify(id: string): Promise<string | null>;
  modelRemove(id: string): Promise<void>;
  /** Starts a job that finds out how quick it is on this machine. */
  modelMeasure(id: string): Promise<void>;

  device(): Promise<DeviceView>;
  chooseComputing(computing: Computing): Promise<void>;

  /** What there is to read text in photos with, and how far that is. */
  ocr(): Promise<OcrView>;
  /** Reads text in photos from now on, in these languages; null: no more. What was found stays. */
  setOcr(languages: string[] | null): Promise<void>;

  /** One entry for each space that has a model, text first. */
  dimensions(): Promise<DimensionsView[]>;
  /** Has the index of a space built in another form; the one before it answers until that is done. */
  chooseForm(space: Space, form: IndexForm): Promise<void>;
  /** Starts a job that finds out what every form costs on this library. */
  measureDimensions(): Promise<void>;

  settings(): Promise<Settings>;
  setSettings(settings: Settings): Promise<void>;

  /** Calls back at every event until the returned function is called. */
  on<E extends keyof Events>(event: E, handler: (payload: Events[E]) => void): () => void;
}

/** Whatever was thrown, as a failure. */
export function asFailure(thrown: unknown): Failure {
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) {
    const { code, message, detail } = thrown as Partial<Failure>;
    return {
      code: typeof code === 'string' ? code : 'internal',
      message: String(message),
      ...(typeof detail === 'string' && detail !== '' ? { detail } : {}),
    };
  }
  return { code: 'internal', message: typeof thrown === 'string' ? thrown : 'Something went wrong inside Cairn.' };
}
