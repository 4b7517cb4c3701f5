import { screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { library } from '../lib/state/library.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();
const none = { cores: 'all', only_on_mains: false, gitignore: false, archives: false } as const;

beforeEach(async () => {
  await engine.setExcludes(null);
  engine.asked.length = 0;
});

const choose = async (root = 0) => {
  open('library');
  await user.click((await findAll(ids.rootChoose))[root] as HTMLElement);
  await findAll(ids.folder);
};
const name = (row: HTMLElement) => row.querySelector('.name')?.textContent ?? '';
const row = (folder: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid=${ids.folder}]`)].find((one) => name(one) === folder) as HTMLElement;
const part = (folder: string, id: string) => row(folder).querySelector<HTMLElement>(`[data-testid=${id}]`);
const box = (folder: string) => part(folder, ids.folderBox) as HTMLInputElement;
const label = (folder: string) => box(folder).labels?.[0]?.textContent?.replace(/\s+/g, ' ').trim();
const expand = async (folder: string, inside: string) => {
  await user.click(part(folder, ids.folderOpen) as HTMLElement);
  await waitFor(() => expect(row(inside)).toBeTruthy());
};
const enabled = (id: string) => !(get(id) as HTMLButtonElement).disabled;

it('lists the folders inside a root, and those inside them once they are asked for', async () => {
  const spy = vi.spyOn(engine, 'folders');
  await choose();
  expect((await findAll(ids.folder)).map(name)).toEqual(['Family', 'Garden', 'House', 'Important', 'Pets', 'Work']);
  expect(label('Work')).toBe('Work 4,306 files');
  expect([...document.querySelectorAll<HTMLInputElement>(`[data-testid=${ids.folderBox}]`)].every((one) => one.checked)).toBe(true);
  expect(spy).toHaveBeenCalledTimes(1);
  part('Work', ids.folderOpen)?.focus();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(row('Thesis')).toBeTruthy());
  expect(spy).toHaveBeenLastCalledWith(1, 'Work');
  expect(part('Work', ids.folderOpen)?.getAttribute('aria-expanded')).toBe('true');
  await expectAccessible();
  await user.keyboard('{Enter}');
  expect(row('Thesis')).toBeUndefined();
});

it('opens only what has folders in it', async () => {
  await choose();
  expect([part('Pets', ids.folderOpen), part('Family', ids.folderOpen) !== null]).toEqual([null, true]);
  await expand('Family', 'Letters');
  expect(part('Letters', ids.folderOpen)).toBeNull();
  await expectAccessible();
});

it('says so where there are no folders', async () => {
  vi.spyOn(engine, 'folders').mockResolvedValue([]);
  open('library');
  await user.click((await findAll(ids.rootChoose))[0] as HTMLElement);
  await waitFor(() => expect((screen.getAllByTestId(ids.root)[0] as HTMLElement).textContent).toContain('There are no folders inside.'));
});

it('asks to plug in a drive that is not connected, instead of listing its folders', async () => {
  const spy = vi.spyOn(engine, 'folders');
  open('library');
  const choose = (await findAll(ids.rootChoose))[2] as HTMLElement;
  expect([choose.getAttribute('aria-disabled'), choose.getAttribute('aria-expanded')]).toEqual(['true', 'false']);
  const reason = document.getElementById(choose.getAttribute('aria-describedby') ?? '');
  expect(reason?.textContent).toContain('Not connected: plug the drive in to choose its folders.');
  await user.click(choose);
  expect([spy.mock.calls, query(ids.failure), query(ids.foldersCancel)]).toEqual([[], null, null]);
  await expectAccessible();
  const status = await engine.status();
  vi.spyOn(engine, 'status').mockResolvedValue({ ...status, roots: status.roots.map((root) => ({ ...root, online: true })) });
  await library.refresh();
  await waitFor(() => expect(choose.getAttribute('aria-disabled')).toBe('false'));
  expect(query(ids.foldersCancel)).toBeNull();
});

it('says so instead of an error when the drive is unplugged meanwhile', async () => {
  const status = await engine.status();
  open('library');
  const choose = (await findAll(ids.rootChoose))[0] as HTMLElement;
  vi.spyOn(engine, 'folders').mockRejectedValue({ code: 'io', message: 'The folder cannot be read.' });
  vi.spyOn(engine, 'status').mockResolvedValue({ ...status, roots: status.roots.map((root) => ({ ...root, online: false })) });
  await user.click(choose);
  await waitFor(() => expect(choose.getAttribute('aria-disabled')).toBe('true'));
  expect([query(ids.failure), query(ids.foldersCancel), choose.getAttribute('aria-expanded')]).toEqual([null, null, 'false']);
});

it('says in place why folders cannot be listed, and tries again', async () => {
  const spy = vi.spyOn(engine, 'folders').mockRejectedValue({ code: 'io', message: 'The folder cannot be read.' });
  open('library');
  await user.click((await findAll(ids.rootChoose))[0] as HTMLElement);
  expect((await find(ids.failure)).textContent).toContain('The folder cannot be read.');
  spy.mockRestore();
  await user.click(within(get(ids.failure)).getByText('Try again'));
  await findAll(ids.folder);
});

it('cannot take in a folder that another rule leaves out', async () => {
  await choose();
  await expand('Work', 'website');
  await expand('website', 'node_modules');
  expect([box('node_modules').checked, box('node_modules').disabled, label('node_modules')]).toEqual([false, true, 'node_modules left out by a rule']);
  expect([part('node_modules', ids.folderOpen), part('node_modules', ids.folderRead)]).toEqual([null, null]);
  await expectAccessible();
});

it('leaves folders out together, after a preview of what that takes out', async () => {
  await choose();
  expect([query(ids.foldersApply), get(ids.foldersCancel).textContent]).toEqual([null, 'Close']);
  await user.click(box('Family'));
  await expand('Work', 'Thesis');
  await user.click(box('Thesis'));
  expect([label('Family'), label('Thesis')]).toEqual(['Family will be left out', 'Thesis will be left out']);
  expect([box('Family').checked, part('Family', ids.folderRead), part('Family', ids.folderOpen)]).toEqual([false, null, null]);
  expect(enabled(ids.foldersApply)).toBe(false);
  await user.click(get(ids.foldersPreview));
  await waitFor(() => expect(get(ids.foldersFound).textContent).toContain('This would take 2,408 files out of the library. Nothing is deleted from disk.'));
  await expectAccessible();
  await user.click(box('Thesis'));
  expect(enabled(ids.foldersApply)).toBe(false);
  await user.click(get(ids.foldersPreview));
  await waitFor(() => expect(get(ids.foldersFound).textContent).toContain('1,204 files'));
  await user.click(get(ids.foldersApply));
  await waitFor(() => expect(query(ids.foldersApply)).toBeNull());
  expect((await engine.settings()).excludes?.slice(-2)).toEqual(['*~', '/Family/']);
  expect(document.activeElement).toBe((await findAll(ids.rootChoose))[0]);
  expect(get(ids.excludesSummary).textContent).toBe('13 rules, yours');
});

it('takes a folder back in by taking its line away', async () => {
  await engine.setExcludes(['*.log', '/Work/', '*.tmp']);
  await choose();
  expect([box('Work').checked, box('Work').disabled, label('Work')]).toEqual([false, false, 'Work left out']);
  await user.click(box('Work'));
  expect([box('Work').checked, label('Work')]).toEqual([true, 'Work will be read']);
  await expand('Work', 'Thesis');
  expect([box('Thesis').checked, label('Thesis')]).toEqual([true, 'Thesis will be read']);
  await user.click(box('Thesis'));
  await user.click(get(ids.foldersPreview));
  await waitFor(() => expect(enabled(ids.foldersApply)).toBe(true));
  await user.click(get(ids.foldersApply));
  await waitFor(async () => expect((await engine.settings()).excludes).toEqual(['*.log', '*.tmp', '/Work/Thesis/']));
});

it('changes nothing when it is cancelled, and keeps the choice when it could not be applied', async () => {
  const set = vi.spyOn(engine, 'setExcludes').mockRejectedValue({ code: 'io', message: 'The disk is full.' });
  await choose();
  await user.click(box('Family'));
  await user.click(get(ids.foldersPreview));
  await waitFor(() => expect(enabled(ids.foldersApply)).toBe(true));
  await user.click(get(ids.foldersApply));
  expect((await find(ids.failure)).textContent).toContain('The disk is full.');
  expect(box('Family').checked).toBe(false);
  await user.click(get(ids.foldersCancel));
  expect(query(ids.folder)).toBeNull();
  expect(set).toHaveBeenCalledTimes(1);
  expect(document.activeElement).toBe((await findAll(ids.rootChoose))[0]);
});

it('reads a root or a folder first', async () => {
  await choose();
  await user.click((await findAll(ids.rootRead))[1] as HTMLElement);
  await waitFor(() => expect(engine.asked).toEqual(['read first 2']));
  expect((await find(ids.toast)).textContent).toContain('“Pictures” is read first.');
  await expand('Family', 'Letters');
  await user.click(part('Letters', ids.folderRead) as HTMLElement);
  await waitFor(() => expect(engine.asked).toEqual(['read first 2', 'read first 1 Family/Letters']));
});

it('reads nothing first of a drive that is not connected', async () => {
  open('library');
  const read = (await findAll(ids.rootRead))[2] as HTMLElement;
  expect(read.getAttribute('aria-disabled')).toBe('true');
  expect(document.getElementById(read.getAttribute('aria-describedby') ?? '')?.textContent).toContain('Not connected');
  await user.click(read);
  expect(engine.asked).toEqual([]);
});

it('lets .gitignore files count, and keeps the other settings', async () => {
  open('library');
  const toggle = await find(ids.gitignoreSwitch);
  expect([toggle.getAttribute('role'), toggle.textContent?.trim(), toggle.getAttribute('aria-checked')]).toEqual(['switch', '.gitignore files count', 'false']);
  expect(document.getElementById(toggle.getAttribute('aria-describedby') ?? '')?.textContent).toContain('left out of the library');
  toggle.focus();
  await user.keyboard(' ');
  await waitFor(async () => expect((await engine.settings()).indexing).toEqual({ ...none, gitignore: true }));
  expect(toggle.getAttribute('aria-checked')).toBe('true');
  await expectAccessible();
  vi.spyOn(engine, 'setIndexing').mockRejectedValue({ code: 'io', message: 'The disk is full.' });
  await user.click(toggle);
  expect((await find(ids.failure)).textContent).toContain('The disk is full.');
  expect(toggle.getAttribute('aria-checked')).toBe('true');
});
