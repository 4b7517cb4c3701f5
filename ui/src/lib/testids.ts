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
  /** The one polite live region. */
  live: 'live',
  keysHelp: 'keys-help',

  searchBox: 'search-box',
  searchCount: 'search-count',
  /** Scope chips: `scope-all`, `scope-documents`, `scope-photos`. */
  scope: (scope: string) => `scope-${scope}`,
  searchEmpty: 'search-empty',
  searchNone: 'search-none',
  searchRefresh: 'search-refresh',
  addFolder: 'add-folder',
  addSample: 'add-sample',
  hit: 'hit',
  hitPhoto: 'hit-photo',
  hitLikelihood: 'hit-likelihood',
  weak: 'weak-show',
  more: 'show-more',
  notes: 'notes',
  failure: 'failure',

  preview: 'preview',
  previewText: 'preview-text',
  previewPhoto: 'preview-photo',
  previewOpen: 'preview-open',
  previewReveal: 'preview-reveal',
  previewCopy: 'preview-copy',
  previewClose: 'preview-close',
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
  askNone: 'ask-none',
  askLookedAt: 'ask-looked-at',

  duplicateGroup: 'duplicate-group',
  duplicateReveal: 'duplicate-reveal',

  root: 'root',
  rootRemove: 'root-remove',
  rescan: 'rescan',
  job: 'job',
  jobCancel: 'job-cancel',
  problem: 'problem',
  retry: 'retry',
  retryAll: 'retry-all',

  model: 'model',
  modelGet: 'model-get',
  modelImport: 'model-import',
  modelUse: 'model-use',
  /** Cards of dimensions: `dims-full`, `dims-d256`, `dims-d128`, `dims-d64`. */
  dims: (choice: string) => `dims-${choice}`,
  dimsCurrent: 'dims-current',
  dimsBuilding: 'dims-building',
  theme: (theme: string) => `theme-${theme}`,
} as const;
