import { fireEvent, waitFor } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

async function searchFor(text: string): Promise<void> {
  open('search');
  await type(text);
}

async function type(text: string): Promise<void> {
  await user.clear(await find(ids.searchBox));
  await user.type(get(ids.searchBox), text);
  await findAll(ids.hit);
}

it('finds while one types, and shows the best hit beside the list', async () => {
  await searchFor('dogs playing by the water');
  expect((await find(ids.preview)).textContent).toContain('Summer at the lake house');
  expect(get(ids.searchCount).textContent).toMatch(/^\d+ results · \d+ ms$/);
  expect(get(ids.scope('photos')).textContent).toMatch(/^Photos \d+$/);
  const marks = [...(await find(ids.previewText)).querySelectorAll('mark')].map((mark) => mark.textContent);
  expect(marks).toContain('dogs');
  await expectAccessible();
});

it('says the number of results once, politely', async () => {
  await searchFor('roof');
  await waitFor(() => expect(get(ids.live).textContent).toMatch(/^\d+ results?\.$/), { timeout: 2000 });
  expect(get(ids.live).getAttribute('aria-live')).toBe('polite');
});

it('is walked by keys: down into the list, Enter to look, Ctrl+Enter to open, Escape step by step', async () => {
  await searchFor('dogs playing by the water');
  await user.keyboard('{ArrowDown}');
  await waitFor(() => expect(document.activeElement).toBe(document.querySelector(`[data-testid=${ids.hit}]`)));
  await user.keyboard('{ArrowDown}');
  expect(document.activeElement?.getAttribute('data-testid')).toBe(ids.hitPhoto);
  await user.keyboard('{ArrowDown}{Enter}');
  await waitFor(() => expect(get(ids.preview).textContent).toContain('Packing list'));
  await user.keyboard('{ArrowDown}');
  await waitFor(() => expect(get(ids.preview).textContent).toContain('Kennel booking'));
  await user.keyboard('{Control>}{Enter}{/Control}');
  await waitFor(() => expect(engine.asked).toContain('open 3'));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(query(ids.preview)).toBeNull());
  await user.keyboard('{Escape}');
  expect(document.activeElement).toBe(get(ids.searchBox));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(query(ids.hit)).toBeNull());
});

it('shows photos where the best one ranks, and all of them on request', async () => {
  await searchFor('dogs playing by the water');
  const strip = document.querySelector('[aria-label="Photos"][class*="strip"]');
  const inStrip = strip?.querySelectorAll(`[data-testid=${ids.hitPhoto}]`).length ?? 0;
  await user.click(get(ids.scope('photos')));
  await waitFor(() => expect(document.querySelectorAll(`[data-testid=${ids.hitPhoto}]`).length).toBeGreaterThan(inStrip));
  expect(query(ids.hit)).toBeNull();
  expect(get(ids.scope('documents')).textContent).toMatch(/^Documents \d+$/);
  await user.click(get(ids.scope('all')));
  await findAll(ids.hit);
});

it('keeps the preview shut once it was closed, until a hit is opened', async () => {
  await searchFor('boiler');
  await user.click(await find(ids.previewClose));
  await waitFor(() => expect(query(ids.preview)).toBeNull());
  await type('roof');
  expect(query(ids.preview)).toBeNull();
  await user.click((await findAll(ids.hit))[0] as HTMLElement);
  await find(ids.preview);
});

it('turns to the next passage and back', async () => {
  await searchFor('boiler pressure');
  await waitFor(() => expect(get(ids.preview).textContent).toContain('1 of 3 in this file'));
  expect((get(ids.previewPrevious) as HTMLButtonElement).disabled).toBe(true);
  await user.click(get(ids.previewNext));
  await waitFor(() => expect(get(ids.preview).textContent).toContain('2 of 3 in this file'));
});

it('opens, shows and copies by id', async () => {
  await searchFor('invoice roof repair');
  await waitFor(() => expect(get(ids.preview).textContent).toContain('Invoice 2024-118'));
  engine.asked.length = 0;
  await user.click(get(ids.previewOpen));
  await user.click(get(ids.previewReveal));
  await user.click(get(ids.previewCopy));
  await waitFor(() => expect(engine.asked).toEqual(['open 4', 'reveal 4', 'copy 4']));
  await waitFor(() => expect(get(ids.previewCopy).textContent).toBe('Path copied'));
});

it('says in place why a file cannot be opened', async () => {
  await searchFor('invoice roof repair');
  await find(ids.preview);
  vi.spyOn(engine, 'openFile').mockRejectedValue({ code: 'notfound', message: 'The file is not there any more.' });
  await user.click(get(ids.previewOpen));
  expect((await find(ids.failure)).textContent).toContain('The file is not there any more.');
});

it('never lets an older answer win', async () => {
  await searchFor('roof');
  const real = engine.search;
  vi.spyOn(engine, 'search').mockImplementation(async (request) => {
    if (request.query === 'passport') await new Promise((done) => setTimeout(done, 250));
    return real(request);
  });
  await user.clear(get(ids.searchBox));
  await user.type(get(ids.searchBox), 'passport');
  await new Promise((done) => setTimeout(done, 120));
  await user.clear(get(ids.searchBox));
  await user.type(get(ids.searchBox), 'plums');
  await waitFor(() => expect(get(ids.hit).textContent).toContain('Plum cake'));
  await new Promise((done) => setTimeout(done, 300));
  expect(get(ids.hit).textContent).toContain('Plum cake');
});

it('hides weak results until they are asked for', async () => {
  await searchFor('grandmother water');
  const before = (await findAll(ids.hit)).length;
  expect(get(ids.weak).parentElement?.textContent).toMatch(/^\d+ less likely results? hidden/);
  await user.click(get(ids.weak));
  await waitFor(() => expect(document.querySelectorAll(`[data-testid=${ids.hit}]`).length).toBeGreaterThan(before));
  expect(query(ids.weak)).toBeNull();
});

it('says so when there is nothing', async () => {
  open('search');
  await user.clear(await find(ids.searchBox));
  await user.type(get(ids.searchBox), 'xyzzy');
  expect((await find(ids.searchNone)).textContent).toContain('Nothing was found');
});

it('renews the list when the library changes, but not under the eyes of a reader', async () => {
  await searchFor('roof');
  const spy = vi.spyOn(engine, 'search');
  engine.emit('library-changed', { generation: 90 });
  await waitFor(() => expect(spy).toHaveBeenCalledTimes(1));
  await user.click((await findAll(ids.hit))[0] as HTMLElement);
  engine.emit('library-changed', { generation: 91 });
  await user.click(await find(ids.searchRefresh));
  await waitFor(() => expect(spy).toHaveBeenCalledTimes(2));
  expect(query(ids.searchRefresh)).toBeNull();
});

it('shows text of files as text', async () => {
  open('search');
  vi.spyOn(engine, 'search').mockImplementation(async ({ query }) => ({
    hits: [],
    documents: 0,
    photos: 0,
    weak_hidden: 0,
    took_ms: 1,
    plans: [],
    chips: [],
    notes: [query],
    unread: [],
  }));
  await user.clear(await find(ids.searchBox));
  await user.type(get(ids.searchBox), '<img src=x onerror=alert(1)>');
  expect((await find(ids.notes)).textContent).toContain('<img src=x onerror=alert(1)>');
  expect(get(ids.notes).querySelector('img')).toBeNull();
});

it('shows where to drop, and what came of it', async () => {
  open('search');
  await find(ids.searchBox);
  engine.emit('drop-hover', { over: true });
  expect((await find(ids.dropOverlay)).textContent).toContain('Drop to add to your library');
  engine.emit('drop-hover', { over: false });
  engine.emit('toast', { message: 'That is not a folder.', tone: 'problem' });
  expect((await find(ids.toast)).textContent).toContain('That is not a folder.');
  await waitFor(() => expect(query(ids.dropOverlay)).toBeNull());
});

it('goes from view to view by keys, and never while one types', async () => {
  open('search');
  await find(ids.searchBox);
  await user.keyboard('2');
  expect(query(ids.view('photos'))).toBeNull();
  (document.activeElement as HTMLElement).blur();
  await fireEvent.keyDown(document.body, { key: '2' });
  await find(ids.view('photos'));
  await fireEvent.keyDown(document.body, { key: ',' });
  await find(ids.view('settings'));
  await fireEvent.keyDown(document.body, { key: '/' });
  await find(ids.view('search'));
  await waitFor(() => expect(document.activeElement).toBe(get(ids.searchBox)));
});

it('leaves the box to what is typed with Alt, and leaves it with Ctrl', async () => {
  open('search');
  const box = await find(ids.searchBox);
  box.focus();
  await user.keyboard('{Alt>}3{/Alt}');
  expect([document.activeElement === box, query(ids.view('map'))]).toEqual([true, null]);
  await user.keyboard('{Control>}3{/Control}');
  await find(ids.view('map'));
  await user.keyboard('{Alt>}2{/Alt}');
  await find(ids.view('photos'));
});
