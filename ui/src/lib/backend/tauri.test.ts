import { clearMocks, mockConvertFileSrc, mockIPC } from '@tauri-apps/api/mocks';
import { afterEach, expect, it } from 'vitest';
import { asFailure } from './backend';
import { requestFor } from '../pure/request';
import { tauri } from './tauri';

afterEach(clearMocks);

it('calls every command by the name and with the arguments that the shell has', async () => {
  const calls: [string, unknown][] = [];
  mockIPC((command, args) => void calls.push([command, args]));
  const request = requestFor('q', { limit: 5, sort: 'newest', like: [{ file: 3, passage: null }], offset_minutes: 120 });
  const form = { dims: 'd64', storage: 'int8' } as const;
  const chosen = { now: form, before: null };
  const indexing = { cores: 'half', only_on_mains: true, gitignore: false, archives: true } as const;
  const settings = {
    text_model: null,
    photo_model: null,
    text_index: chosen,
    photo_index: chosen,
    excludes: null,
    ocr: null,
    indexing,
    history: true,
    computing: 'exact',
    theme: 'dark',
  } as const;
  await tauri.status();
  await tauri.addFolder();
  await tauri.addSample();
  await tauri.removeRoot(1);
  await tauri.rescan();
  await tauri.excludes();
  await tauri.previewExcludes(['*.log']);
  await tauri.setExcludes(null);
  await tauri.folders(1, 'Trips/2019');
  await tauri.readFirst(1, '');
  await tauri.setIndexing(indexing);
  await tauri.jobs();
  await tauri.jobPause(1);
  await tauri.jobResume(2);
  await tauri.jobCancel(3);
  await tauri.search(request);
  await tauri.foundPassages(4, request);
  await tauri.explain(4, request);
  await tauri.heat(5, request);
  await tauri.savedSearches();
  await tauri.saveSearch('Roof', request);
  await tauri.renameSearch(2, 'The roof');
  await tauri.forgetSearch(2);
  await tauri.pastSearches(8);
  await tauri.rememberSearch('roof');
  await tauri.forgetPastSearches(null);
  await tauri.keepHistory(false);
  await tauri.evaluations();
  await tauri.evaluate();
  await tauri.searchPastedPicture(request, [137, 80]);
  await tauri.preview({ file: 4, passage: 5, focus: [6, 7], query: 'q' });
  await tauri.photos(0, 200);
  await tauri.openFile(1);
  await tauri.revealFile(2);
  await tauri.copyPath(3);
  await tauri.map();
  await tauri.clusterItems(1, 0, 60);
  await tauri.ask('why?');
  await tauri.askCancel();
  await tauri.duplicates();
  await tauri.failedFiles(0, 200);
  await tauri.retryFailed(9);
  await tauri.models();
  await tauri.modelGet('m');
  await tauri.modelImport('m');
  await tauri.modelImportZip('m');
  await tauri.modelUse('m');
  await tauri.modelVerify('m');
  await tauri.modelRemove('m');
  await tauri.modelMeasure('m');
  await tauri.device();
  await tauri.chooseComputing('fast');
  await tauri.ocr();
  await tauri.setOcr(['eng', 'deu']);
  await tauri.dimensions();
  await tauri.chooseForm('photo', form);
  await tauri.measureDimensions();
  await tauri.settings();
  await tauri.setSettings(settings);
  expect(calls).toEqual([
    ['status', {}],
    ['add_folder', {}],
    ['add_sample', {}],
    ['remove_root', { id: 1 }],
    ['rescan', {}],
    ['excludes', {}],
    ['preview_excludes', { lines: ['*.log'] }],
    ['set_excludes', { lines: null }],
    ['folders', { root: 1, below: 'Trips/2019' }],
    ['read_first', { root: 1, below: '' }],
    ['set_indexing', { indexing }],
    ['jobs', {}],
    ['job_pause', { id: 1 }],
    ['job_resume', { id: 2 }],
    ['job_cancel', { id: 3 }],
    ['search', { request }],
    ['found_passages', { file: 4, request }],
    ['explain', { file: 4, request }],
    ['heat', { file: 5, request }],
    ['saved_searches', {}],
    ['save_search', { name: 'Roof', request }],
    ['rename_search', { id: 2, name: 'The roof' }],
    ['forget_search', { id: 2 }],
    ['past_searches', { limit: 8 }],
    ['remember_search', { query: 'roof' }],
    ['forget_past_searches', { query: null }],
    ['keep_history', { keep: false }],
    ['evaluations', {}],
    ['evaluate', {}],
    ['search_pasted_picture', { request, picture: [137, 80] }],
    ['preview', { file: 4, passage: 5, focus: [6, 7], query: 'q' }],
    ['photos', { offset: 0, limit: 200 }],
    ['open_file', { file: 1 }],
    ['reveal_file', { file: 2 }],
    ['copy_path', { file: 3 }],
    ['map', {}],
    ['cluster_items', { cluster: 1, offset: 0, limit: 60 }],
    ['ask', { question: 'why?' }],
    ['ask_cancel', {}],
    ['duplicates', {}],
    ['failed_files', { offset: 0, limit: 200 }],
    ['retry_failed', { file: 9 }],
    ['models', {}],
    ['model_get', { id: 'm' }],
    ['model_import', { id: 'm' }],
    ['model_import_zip', { id: 'm' }],
    ['model_use', { id: 'm' }],
    ['model_verify', { id: 'm' }],
    ['model_remove', { id: 'm' }],
    ['model_measure', { id: 'm' }],
    ['device', {}],
    ['choose_computing', { computing: 'fast' }],
    ['ocr', {}],
    ['set_ocr', { languages: ['eng', 'deu'] }],
    ['dimensions', {}],
    ['choose_form', { space: 'photo', form }],
    ['measure_dimensions', {}],
    ['settings', {}],
    ['set_settings', { settings }],
  ]);
});

it('asks for thumbnails and pages by content, on every system', () => {
  const hash = 'ab'.repeat(32);
  mockConvertFileSrc('linux');
  expect(tauri.thumbUrl(hash, 320)).toBe(`thumb://localhost/${hash}?s=320`);
  expect(tauri.pageUrl(hash, 3)).toBe(`thumb://localhost/${hash}?p=3`);
  mockConvertFileSrc('windows');
  expect(tauri.thumbUrl(hash, 1280)).toBe(`http://thumb.localhost/${hash}?s=1280`);
  expect(tauri.pageUrl(hash, 12)).toBe(`http://thumb.localhost/${hash}?p=12`);
});

it('understands failures, and what should never have been thrown', () => {
  expect(asFailure({ code: 'io', message: 'Disk full.', detail: null })).toEqual({ code: 'io', message: 'Disk full.' });
  expect(asFailure({ code: 'io', message: 'Disk full.', detail: 'ENOSPC' })).toEqual({ code: 'io', message: 'Disk full.', detail: 'ENOSPC' });
  expect(asFailure(new Error('odd'))).toEqual({ code: 'internal', message: 'odd' });
  expect(asFailure('odd').message).toBe('odd');
  expect(asFailure(undefined).code).toBe('internal');
});
