/** The `data-testid` values that end-to-end tests hold on to. Nothing else about the markup is promised. */
export const ids = {
  /** Sidebar entry of a view: `nav-search`, `nav-photos`, ... */
  nav: (view: string) => `nav-${view}`,
  /** The view on screen: `view-search`, ... */
  view: (view: string) => `view-${view}`,
  jobCard: 'job-card',
  jobPause: 'job-pause',
  problemsLink: 'problems-link',
  dropOverlay: 'drop-overlay',
  toast: 'toast',
  /** Takes back what a toast tells of. */
  undo: 'undo',
  /** The polite live region of the window. */
  live: 'live',
  keysHelp: 'keys-help',

  searchBox: 'search-box',
  searchCount: 'search-count',
  /** Scope chips: `scope-all`, `scope-documents`, `scope-photos`. */
  scope: (scope: string) => `scope-${scope}`,
  searchEmpty: 'search-empty',
  searchNone: 'search-none',
  /** A file or passage that results should be like, and one that they should be unlike. */
  searchLike: 'search-like',
  searchUnlike: 'search-unlike',
  /** A picture that is searched with. */
  searchPictureChip: 'search-picture-chip',
  /** The hidden field that a picture is chosen with. */
  searchPictureFile: 'search-picture-file',
  /** The order, variety, likelihood and grouping of the results. */
  sort: 'search-sort',
  varied: 'search-varied',
  sure: 'search-sure',
  group: 'search-group',
  /** Heading of a group of results. */
  groupName: 'group-name',
  saveSearch: 'save-search',
  saveName: 'save-name',
  saveApply: 'save-apply',
  savedSearch: 'saved-search',
  savedRename: 'saved-rename',
  savedName: 'saved-name',
  savedForget: 'saved-forget',
  pastSearch: 'past-search',
  pastForget: 'past-forget',
  pastClear: 'past-clear',
  /** A condition of the query. */
  queryChip: 'query-chip',
  filter: 'filter',
  filterPanel: 'filter-panel',
  /** By the condition as it is typed: `filter-kind:pdf`. */
  filterChoice: (text: string) => `filter-${text}`,
  /** By the field: `filter-text-in`. */
  filterText: (field: string) => `filter-text-${field}`,
  filterFrom: 'filter-from',
  filterTo: 'filter-to',
  /** "Look without: Kind: pdf" where nothing was found. */
  lookWithout: 'look-without',
  searchPicture: 'search-picture',
  searchRefresh: 'search-refresh',
  addFolder: 'add-folder',
  addSample: 'add-sample',
  hit: 'hit',
  hitPhoto: 'hit-photo',
  /** Unfolds a hit, and what it was unfolded to. */
  hitMore: 'hit-more',
  hitPassage: 'hit-passage',
  hitAlike: 'hit-alike',
  /** Words that stand in a photo. */
  hitText: 'hit-text',
  hitLikelihood: 'hit-likelihood',
  /** "No content fits.", above files that were found by their names. */
  searchNoContent: 'search-no-content',
  /** Files that are known by their names alone, and one of them. */
  unread: 'unread',
  unreadFile: 'unread-file',
  unreadAll: 'unread-all',
  weak: 'weak-show',
  more: 'show-more',
  notes: 'notes',
  failure: 'failure',

  preview: 'preview',
  previewText: 'preview-text',
  previewPhoto: 'preview-photo',
  /** "Waiting to be read." */
  previewWaits: 'preview-waits',
  /** "Read by text recognition (English)". */
  previewRecognised: 'preview-recognised',
  previewOpen: 'preview-open',
  previewReveal: 'preview-reveal',
  compareBox: 'compare-box',
  compareSide: 'compare-side',
  /** "More like this", "Less like this", and the same for the passage. */
  previewSimilar: 'preview-similar',
  previewUnlike: 'preview-unlike',
  previewPassageLike: 'preview-passage-like',
  previewPassageUnlike: 'preview-passage-unlike',
  /** "Why this result", and what it says. */
  previewWhy: 'preview-why',
  whyBody: 'why-body',
  whyStrongest: 'why-strongest',
  whyHeat: 'why-heat',
  heat: 'heat',
  heatWords: 'heat-words',
  matchCount: 'match-count',
  matchPrevious: 'match-previous',
  matchNext: 'match-next',
  previewTags: 'preview-tags',
  previewStar: 'preview-star',
  starredSearch: 'starred-search',
  compareScore: 'compare-score',
  previewCopy: 'preview-copy',
  previewClose: 'preview-close',
  /** `preview-as-text`, `preview-as-page`. */
  previewAs: (form: string) => `preview-as-${form}`,
  /** The picture of a page. */
  previewPage: 'preview-page',
  previewPageBroken: 'preview-page-broken',
  /** "Page 3 of 12". */
  previewPageNumber: 'preview-page-number',
  previewPagePrevious: 'preview-page-previous',
  previewPageNext: 'preview-page-next',
  /** "Not connected", at a file in a list and in a preview. */
  away: 'away',
  previewPrevious: 'preview-previous',
  previewNext: 'preview-next',

  photoGrid: 'photo-grid',
  photoTile: 'photo-tile',
  photoCount: 'photo-count',

  mapCanvas: 'map-canvas',
  mapCluster: 'map-cluster',
  mapItem: 'map-item',
  mapBox: 'map-box',
  mapBack: 'map-back',

  askBox: 'ask-box',
  askSubmit: 'ask-submit',
  askCancel: 'ask-cancel',
  askAnswer: 'ask-answer',
  askCitation: 'ask-citation',
  askSource: 'ask-source',
  askNone: 'ask-none',
  askLookedAt: 'ask-looked-at',

  duplicateGroup: 'duplicate-group',
  duplicateReveal: 'duplicate-reveal',
  /** `duplicate-kind-all`, `duplicate-kind-exact`, ... */
  duplicateKind: (kind: string) => `duplicate-kind-${kind}`,
  duplicateCompare: 'duplicate-compare',
  /** "Suggested to keep: the newest". */
  duplicateKeep: 'duplicate-keep',
  compareFiles: 'compare-files',
  compareBack: 'compare-back',
  /** One of the two files. */
  compareFile: 'compare-file',
  comparePick: 'compare-pick',

  root: 'root',
  rootRemove: 'root-remove',
  rootRead: 'root-read-first',
  rootChoose: 'root-choose-folders',
  rescan: 'rescan',
  /** A folder inside a root, with its box. */
  folder: 'folder',
  folderBox: 'folder-box',
  folderOpen: 'folder-open',
  folderRead: 'folder-read-first',
  foldersPreview: 'folders-preview',
  foldersFound: 'folders-found',
  foldersApply: 'folders-apply',
  foldersCancel: 'folders-cancel',
  /** "32 rules, Cairn's own", "34 rules, yours". */
  excludesSummary: 'excludes-summary',
  excludesChange: 'excludes-change',
  excludesText: 'excludes-text',
  excludesPreview: 'excludes-preview',
  /** What the preview found: a sentence and some paths. */
  excludesFound: 'excludes-found',
  excludesApply: 'excludes-apply',
  excludesOwn: 'excludes-own',
  excludesOwnConfirm: 'excludes-own-confirm',
  excludesCancel: 'excludes-cancel',
  gitignoreSwitch: 'gitignore-switch',
  job: 'job',
  /** "1,204 read · 96 the same as others". */
  jobFiles: 'job-files',
  jobCancel: 'job-cancel',
  problem: 'problem',
  leaveOut: 'leave-out',
  problemReveal: 'problem-reveal',
  retry: 'retry',
  retryAll: 'retry-all',

  model: 'model',
  modelGet: 'model-get',
  modelImport: 'model-import',
  modelImportZip: 'model-import-zip',
  modelUse: 'model-use',
  modelMore: 'model-more',
  modelVerify: 'model-verify',
  modelVerified: 'model-verified',
  modelMeasure: 'model-measure',
  modelSpeed: 'model-speed',
  modelWarning: 'model-warning',
  modelRemove: 'model-remove',
  modelRemoveConfirm: 'model-remove-confirm',
  device: 'device',
  /** `computing-exact`, `computing-fast`. */
  computing: (computing: string) => `computing-${computing}`,
  computingNote: 'computing-note',

  /** Which vectors are shown: `space-text`, `space-photo`. */
  space: (space: string) => `space-${space}`,
  /** `dims-current-text`: "In use: 384 dimensions, f16." */
  dimsCurrent: (space: string) => `dims-current-${space}`,
  dimsBuilding: (space: string) => `dims-building-${space}`,
  dimsEmpty: 'dims-empty',
  /** `preset-text-exact`, `preset-text-balanced`, `preset-text-smallest`. */
  preset: (space: string, preset: string) => `preset-${space}-${preset}`,
  /** Chooses the form of a row: `form-text-d64-int8`. */
  form: (space: string, dims: string, storage: string) => `form-${space}-${dims}-${storage}`,
  forms: 'forms',
  undoForm: (space: string) => `undo-form-${space}`,
  measure: 'measure-dimensions',
  measured: 'measured',
  chart: 'chart',
  /** What the chart shows: `chart-f32`, `chart-f16`, `chart-int8`, `chart-binary`. */
  chartStorage: (storage: string) => `chart-${storage}`,
  chartWords: 'chart-words',

  ocrSwitch: 'ocr-switch',
  /** By Tesseract's name of it: `ocr-language-eng`. */
  ocrLanguage: (code: string) => `ocr-language-${code}`,
  /** Why the last language cannot be taken away. */
  ocrOneLanguage: 'ocr-one-language',
  ocrApply: 'ocr-apply',
  /** "Text was found in 1,204 photos; 310 photos are still to be looked through." */
  ocrState: 'ocr-state',
  ocrMissing: 'ocr-missing',
  ocrLookAgain: 'ocr-look-again',

  /** `cores-all`, `cores-half`, `cores-one`. */
  cores: (cores: string) => `cores-${cores}`,
  mainsSwitch: 'mains-switch',
  archivesSwitch: 'archives-switch',

  historySwitch: 'history-switch',
  historyClear: 'history-clear',

  evaluate: 'evaluate',
  evaluationChange: 'evaluation-change',
  evaluationMeans: 'evaluation-means',
  evaluationQueries: 'evaluation-queries',
  evaluationHistory: 'evaluation-history',
  evaluationCopy: 'evaluation-copy',

  theme: (theme: string) => `theme-${theme}`,
} as const;
