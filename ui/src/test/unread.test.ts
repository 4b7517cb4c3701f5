import { screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { SearchResponse, UnreadFile } from '../lib/backend';
import { library } from '../lib/state/library.svelte';
import { search } from '../lib/state/search.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session('busy');

const files = () => screen.getAllByTestId(ids.unreadFile);
const names = () => files().map((file) => file.querySelector('.name')?.textContent);

beforeAll(() => engine.jobPause(1));

beforeEach(() => {
  search.clear();
  engine.asked.length = 0;
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function searchFor(text: string): Promise<void> {
  open('search');
  await waitFor(() => expect(library.status).not.toBeNull());
  await user.type(await find(ids.searchBox), text);
}

/** An answer that knows these by their names alone. */
function answers(...unread: Partial<UnreadFile>[]): void {
  const film: UnreadFile = { file: 1, root: 1, name: 'film.mp4', folder: 'Films', kind: 'other', size: 1, date_ms: 0, waits: false };
  const answer: SearchResponse = { hits: [], documents: 0, photos: 0, weak_hidden: 0, took_ms: 1, notes: [], plans: [], chips: [], unread: [] };
  vi.spyOn(engine, 'search').mockResolvedValue({ ...answer, unread: unread.map((file, i) => ({ ...film, file: 95_100 + i, ...file })) });
}

it('shows files that only their names tell of below the hits, and says why', async () => {
  await searchFor('allotment association');
  await findAll(ids.hit);
  const section = await find(ids.unread);
  expect(screen.getByRole('region', { name: 'Found by name only' })).toBe(section);
  expect(section.textContent).toContain('Their content is not searchable: not read yet, or of a kind that Cairn does not read.');
  expect(get(ids.hit).compareDocumentPosition(section)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  const [file] = files();
  expect(file?.textContent).toMatch(/^ODT\s*speech-for-the-fiftieth-birthday.*\.odt\s*Documents \/ Garden.*Spring\s*· 2 Apr 2024\s*Waiting to be read\s*$/);
  expect([query(ids.unreadAll), query(ids.searchNoContent)]).toEqual([null, null]);
  expect(get(ids.searchCount).textContent).toMatch(/^1 result · /);
  await waitFor(() => expect(get(ids.live).textContent).toBe('1 result. 1 file found by name only.'), { timeout: 2000 });
  await expectAccessible();
});

it('does not say that nothing was found where no content fits', async () => {
  await searchFor('birthday');
  expect((await find(ids.searchNoContent)).textContent).toBe('No content fits.');
  expect([query(ids.searchNone), query(ids.hit)]).toEqual([null, null]);
  expect(get(ids.searchCount).textContent).toMatch(/^8 files by name · /);
  await waitFor(() => expect(get(ids.live).textContent).toBe('No content fits. 8 files found by name only.'), { timeout: 2000 });
  await expectAccessible();
});

it('shows five of them, all on request, and five again', async () => {
  await searchFor('birthday');
  await find(ids.unread);
  expect(files()).toHaveLength(5);
  expect(get(ids.unreadAll).textContent).toBe('Show all 8');
  await user.click(get(ids.unreadAll));
  expect(files()).toHaveLength(8);
  expect(document.activeElement).toBe(get(ids.unreadAll));
  await user.click(files()[7] as HTMLElement);
  await user.click(get(ids.unreadAll));
  expect(files().map((file) => file.getAttribute('aria-current'))).toEqual([null, null, null, null, 'true']);
  await user.click(get(ids.unreadAll));
  await user.type(get(ids.searchBox), ' cake');
  await waitFor(() => expect(names()).toEqual(['birthday-cake.heic']));
});

it('does not say that these are all where there may be more', async () => {
  answers(...Array.from({ length: 50 }, (_, i) => ({ name: `film-${i}.mp4` })));
  await searchFor('film');
  expect((await find(ids.unreadAll)).textContent).toBe('Show the first 50');
});

it('is walked by keys, on from the hits and back', async () => {
  await searchFor('allotment association');
  const hit = (await findAll(ids.hit)).at(-1);
  await user.keyboard('{ArrowDown}{ArrowDown}');
  await waitFor(() => expect(document.activeElement).toBe(files()[0]));
  await waitFor(() => expect(get(ids.preview).textContent).toContain('speech-for-the-fiftieth-birthday'));
  expect(get(ids.preview).textContent).toMatch(/Matched\s*the name/);
  await user.keyboard('{Control>}{Enter}{/Control}');
  await waitFor(() => expect(engine.asked).toEqual(['open 95004']));
  await user.keyboard('{ArrowUp}');
  expect(document.activeElement).toBe(hit);
  await user.keyboard('{End}');
  expect(document.activeElement).toBe(files()[0]);
});

it('is walked by keys where there are no hits, and left again', async () => {
  await searchFor('birthday');
  await find(ids.unread);
  await user.keyboard('{ArrowDown}');
  expect(document.activeElement).toBe(files()[0]);
  await user.keyboard('{ArrowDown}{Enter}');
  expect((await find(ids.preview)).textContent).toContain('birthday-song.mp3');
  await user.keyboard('{ArrowUp}{ArrowUp}');
  expect(document.activeElement).toBe(get(ids.searchBox));
});

it('says in the preview why a file cannot be read', async () => {
  await searchFor('birthday');
  await user.click((await findAll(ids.unreadFile))[0] as HTMLElement);
  const preview = await find(ids.preview);
  await waitFor(() => expect(preview.textContent).toContain('Cairn does not read this kind of file yet.'));
  expect([files()[0]?.textContent?.includes('Cannot be read'), query(ids.previewWaits)]).toEqual([true, null]);
  await expectAccessible();
});

it('reads what is looked at next, and shows it as soon as that is done', async () => {
  await searchFor('birthday invitation');
  await user.click(await find(ids.unreadFile));
  expect((await find(ids.previewWaits)).textContent?.trim()).toBe('Waiting to be read. It is read next now that you look at it.');
  await expectAccessible();
  const asked = vi.spyOn(engine, 'preview');
  await engine.jobCancel(1);
  engine.emit('library-changed', { generation: 90 });
  expect((await find(ids.previewText)).textContent).toContain('It was read a moment ago.');
  expect([query(ids.previewWaits), asked.mock.calls.length]).toEqual([null, 1]);
  engine.emit('library-changed', { generation: 91 });
  await find(ids.searchRefresh);
  expect(asked).toHaveBeenCalledTimes(1);
  await engine.jobResume(1);
  await engine.jobPause(1);
});

it('looks at nothing that waits before it is asked to', async () => {
  const looked = vi.spyOn(engine, 'preview');
  await searchFor('birthday');
  await find(ids.unread);
  expect([looked.mock.calls, query(ids.preview)]).toEqual([[], null]);
  await user.keyboard('{Enter}');
  await waitFor(() => expect(looked).toHaveBeenCalledTimes(1));
});

it('says that the drive of a file is not connected', async () => {
  answers({ name: 'trip.docx', folder: 'Notes / Trips', root: 3, waits: true, file: 95_000 }, { name: 'film.mp4' });
  const shown = await engine.preview({ file: 95_000 });
  vi.spyOn(engine, 'preview').mockResolvedValue({ ...shown, root: 3 });
  await searchFor('trip');
  const [away, here] = await findAll(ids.unreadFile);
  expect(within(away as HTMLElement).getByTestId(ids.away).title).toContain('“Notes” is not connected');
  expect(within(here as HTMLElement).queryByTestId(ids.away)).toBeNull();
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect((await find(ids.toast)).textContent).toContain('“Notes” is not connected');
  expect(engine.asked).toEqual([]);
  await user.click(away as HTMLElement);
  expect((await find(ids.previewWaits)).textContent?.trim()).toBe('Waiting to be read. It is read once its drive or folder is connected.');
  await expectAccessible();
});

it('shows names and folders as text', async () => {
  answers({ name: '<img src=x onerror=alert(1)>.mp4', folder: '<b>Films</b>' });
  await searchFor('img');
  const file = await find(ids.unreadFile);
  expect(file.textContent).toContain('<img src=x onerror=alert(1)>.mp4');
  expect(file.textContent).toContain('<b>Films</b>');
  expect(file.querySelector('img, b')).toBeNull();
});

it('keeps to conditions and to what is shown', async () => {
  await searchFor('kind:archive');
  await waitFor(() => expect(names()).toEqual(['birthday-speeches-2001-2024.zip']));
  expect(files()[0]?.textContent).toMatch(/^ARC/);
  await user.click(get(ids.filter));
  await waitFor(() => expect(get(ids.filterChoice('kind:archive')).getAttribute('aria-pressed')).toBe('true'));
  await user.clear(get(ids.searchBox));
  await user.type(get(ids.searchBox), 'birthday');
  await find(ids.unreadAll);
  await user.click(get(ids.scope('photos')));
  await waitFor(() => expect(names()).toEqual(['birthday-cake.heic']));
  await user.click(get(ids.scope('all')));
});

it('has nothing of the kind where nothing waits and everything was read', async () => {
  await searchFor('xyzzy');
  await find(ids.searchNone);
  expect(query(ids.unread)).toBeNull();
});
