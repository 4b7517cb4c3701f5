import { convertFileSrc, invoke } from '@tauri-apps/api/core';
import { listen } from '@tauri-apps/api/event';
import type { Backend } from './backend';

/** The engine behind the window. The only module that speaks to Tauri. */
export const tauri: Backend = {
  status: () => invoke('status'),

  addFolder: () => invoke('add_folder'),
  addSample: () => invoke('add_sample'),
  removeRoot: (id) => invoke('remove_root', { id }),
  rescan: () => invoke('rescan'),

  excludes: () => invoke('excludes'),
  previewExcludes: (lines) => invoke('preview_excludes', { lines }),
  setExcludes: (lines) => invoke('set_excludes', { lines }),
  folders: (root, below) => invoke('folders', { root, below }),
  readFirst: (root, below) => invoke('read_first', { root, below }),
  setIndexing: (indexing) => invoke('set_indexing', { indexing }),

  jobs: () => invoke('jobs'),
  jobPause: (id) => invoke('job_pause', { id }),
  jobResume: (id) => invoke('job_resume', { id }),
  jobCancel: (id) => invoke('job_cancel', { id }),

  search: (request) => invoke('search', { request }),
  foundPassages: (file, request) => invoke('found_passages', { file, request }),
  explain: (file, request) => invoke('explain', { file, request }),
  heat: (file, request) => invoke('heat', { file, request }),

  savedSearches: () => invoke('saved_searches'),
  saveSearch: (name, request) => invoke('save_search', { name, request }),
  renameSearch: (id, name) => invoke('rename_search', { id, name }),
  forgetSearch: (id) => invoke('forget_search', { id }),
  pastSearches: (limit) => invoke('past_searches', { limit }),
  rememberSearch: (query) => invoke('remember_search', { query }),
  forgetPastSearches: (query) => invoke('forget_past_searches', { query }),
  keepHistory: (keep) => invoke('keep_history', { keep }),

  star: (query, file, starred) => invoke('star', { query, file, starred }),
  starredSearches: () => invoke('starred_searches'),
  scorePhotoModels: () => invoke('score_photo_models'),
  evaluations: () => invoke('evaluations'),
  evaluate: () => invoke('evaluate'),
  searchPastedPicture: (request, picture) => invoke('search_pasted_picture', { request, picture }),
  preview: (request) => invoke('preview', { ...request }),
  photos: (offset, limit) => invoke('photos', { offset, limit }),
  thumbUrl: (hash, size) => `${convertFileSrc(hash, 'thumb')}?s=${size}`,
  pageUrl: (hash, page) => `${convertFileSrc(hash, 'thumb')}?p=${page}`,

  openFile: (file) => invoke('open_file', { file }),
  revealFile: (file) => invoke('reveal_file', { file }),
  copyPath: (file) => invoke('copy_path', { file }),

  map: () => invoke('map'),
  clusterItems: (cluster, offset, limit) => invoke('cluster_items', { cluster, offset, limit }),

  ask: (question) => invoke('ask', { question }),
  askCancel: () => invoke('ask_cancel'),

  duplicates: () => invoke('duplicates'),
  failedFiles: (offset, limit) => invoke('failed_files', { offset, limit }),
  retryFailed: (file) => invoke('retry_failed', { file }),

  models: () => invoke('models'),
  comparePhotoModels: (query, limit) => invoke('compare_photo_models', { query, limit }),
  modelGet: (id) => invoke('model_get', { id }),
  modelImport: (id) => invoke('model_import', { id }),
  modelImportZip: (id) => invoke('model_import_zip', { id }),
  modelUse: (id) => invoke('model_use', { id }),
  modelVerify: (id) => invoke('model_verify', { id }),
  modelRemove: (id) => invoke('model_remove', { id }),
  modelMeasure: (id) => invoke('model_measure', { id }),

  device: () => invoke('device'),
  chooseComputing: (computing) => invoke('choose_computing', { computing }),

  ocr: () => invoke('ocr'),
  setOcr: (languages) => invoke('set_ocr', { languages }),

  dimensions: () => invoke('dimensions'),
  chooseForm: (space, form) => invoke('choose_form', { space, form }),
  measureDimensions: () => invoke('measure_dimensions'),

  settings: () => invoke('settings'),
  setSettings: (settings) => invoke('set_settings', { settings }),

  on(event, handler) {
    const listening = listen(event, ({ payload }) => handler(payload as Parameters<typeof handler>[0]));
    return () => void listening.then((stop) => stop());
  },
};
