import { screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { library } from '../lib/state/library.svelte';
import { messages } from '../lib/state/messages.svelte';
import { search } from '../lib/state/search.svelte';
import { showing } from '../lib/state/showing.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();
const why = (name: string) => `The drive or folder “${name}” is not connected. What Cairn knows of it can still be searched.`;

beforeEach(() => {
  search.clear();
  messages.toasts = [];
  engine.asked.length = 0;
});

async function searchFor(text: string): Promise<void> {
  open('search');
  await waitFor(() => expect(library.status).not.toBeNull());
  await user.type(await find(ids.searchBox), text);
}

/** The drives that are not there, from now on. */
async function unplug(...roots: number[]): Promise<void> {
  const status = await engine.status();
  vi.spyOn(engine, 'status').mockResolvedValue({ ...status, roots: status.roots.map((root) => ({ ...root, online: !roots.includes(root.id) })) });
  await library.refresh();
}

it('says at a result and in its preview that its drive is not connected', async () => {
  await searchFor('plum cake');
  const hit = await find(ids.hit);
  expect(within(hit).getByTestId(ids.away).title).toBe(why('Notes'));
  expect(hit.textContent).toContain('Halve two kilos of plums');
  const preview = await find(ids.preview);
  expect(within(preview).getByTestId(ids.away).textContent).toBe(`Not connected ${why('Notes')}`);
  expect(get(ids.previewText).textContent).toContain('Halve two kilos of plums');
  await expectAccessible();
});

it('opens and shows nothing of a drive that is not connected, but copies the path', async () => {
  await searchFor('plum cake');
  const reason = within(await find(ids.preview)).getByTestId(ids.away);
  for (const id of [ids.previewOpen, ids.previewReveal]) {
    expect([get(id).getAttribute('aria-disabled'), get(id).getAttribute('aria-describedby')]).toEqual(['true', reason.id]);
    await user.click(get(id));
  }
  await user.click(get(ids.previewCopy));
  await waitFor(() => expect(engine.asked).toEqual(['copy 7']));
});

it('says why instead of opening by keys', async () => {
  await searchFor('plum cake');
  await find(ids.hit);
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect((await find(ids.toast)).textContent).toContain(why('Notes'));
  expect(engine.asked).toEqual([]);
});

it('says nothing of it where a drive is connected', async () => {
  await searchFor('kennel booking vaccination');
  expect(within(await find(ids.preview)).queryByTestId(ids.away)).toBeNull();
  expect(get(ids.previewOpen).getAttribute('aria-disabled')).toBe('false');
  await user.click(get(ids.previewOpen));
  await waitFor(() => expect(engine.asked).toEqual(['open 3']));
});

it('keeps to the text of a PDF whose file cannot be reached', async () => {
  await unplug(1);
  showing.as = 'page';
  await searchFor('boiler pressure');
  const page = await find(ids.previewAs('page'));
  expect([page.getAttribute('aria-disabled'), page.getAttribute('aria-pressed'), query(ids.previewPage)]).toEqual(['true', 'false', null]);
  expect(page.getAttribute('aria-describedby')).toBe(within(get(ids.preview)).getByTestId(ids.away).id);
  await user.click(page);
  expect(get(ids.previewText).textContent).toContain('The pressure of the heating system');
  await unplug();
  await find(ids.previewPage);
  expect(query(ids.away)).toBeNull();
  showing.as = 'text';
});

it('marks photos, whose thumbnails stay', async () => {
  await unplug(2);
  await searchFor('sunset');
  const tile = (await findAll(ids.hitPhoto))[0] as HTMLElement;
  expect(tile.getAttribute('aria-label')).toMatch(/^IMG_\d+\.jpg(, 2 nearly the same)?, not connected$/);
  expect([within(tile).getByTestId(ids.away).title, tile.querySelector('img') !== null]).toEqual([why('Pictures'), true]);
  await user.click(tile);
  expect((await find(ids.previewPhoto)).querySelector('img')).not.toBeNull();
  await expectAccessible();
});

it('marks photos in the grid, and says why instead of opening by keys', async () => {
  await unplug(2);
  open('photos');
  await waitFor(() => expect(document.querySelector('[data-testid=photo-tile] img')).not.toBeNull());
  const tile = document.querySelector<HTMLElement>('[data-testid=photo-tile][tabindex="0"]') as HTMLElement;
  expect(within(tile).getByTestId(ids.away).title).toBe(why('Pictures'));
  expect(tile.getAttribute('aria-label')).toMatch(/IMG_9876\.jpg, 20 Oct 2025, not connected$/);
  tile.focus();
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect((await find(ids.toast)).textContent).toContain(why('Pictures'));
  expect(engine.asked).toEqual([]);
  await expectAccessible();
  await unplug();
  await waitFor(() => expect(query(ids.away)).toBeNull());
  expect(tile.getAttribute('aria-label')).toMatch(/20 Oct 2025$/);
});

it('marks the files of a group on the map, and says why instead of opening by keys', async () => {
  await unplug(3);
  open('map');
  await user.click((await findAll(ids.mapCluster))[0] as HTMLElement);
  const items = await findAll(ids.mapItem);
  const away = items.filter((item) => within(item).queryByTestId(ids.away) !== null);
  expect(away.length).toBeGreaterThan(0);
  expect(away.every((item) => /Notes \/ /.test(item.textContent ?? ''))).toBe(true);
  expect(items.filter((item) => /Notes \/ /.test(item.textContent ?? ''))).toEqual(away);
  away[0]?.focus();
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect((await find(ids.toast)).textContent).toContain(why('Notes'));
  expect(engine.asked).toEqual([]);
  await expectAccessible();
});

it('marks one of two copies, and shows nothing of it in its folder', async () => {
  await unplug(3);
  open('duplicates');
  await findAll(ids.duplicateGroup);
  const [mark] = await findAll(ids.away);
  const there = mark?.closest('li') as HTMLElement;
  expect([mark?.title, there.textContent]).toEqual([why('Notes'), expect.stringContaining('Notes / Recipes')]);
  expect(screen.getAllByTestId(ids.away)).toHaveLength(1);
  const reveal = within(there).getByTestId(ids.duplicateReveal);
  expect([reveal.getAttribute('aria-disabled'), reveal.title]).toEqual(['true', why('Notes')]);
  await user.click(reveal);
  const copy = within(there.nextElementSibling as HTMLElement).getByTestId(ids.duplicateReveal);
  expect([copy.getAttribute('aria-disabled'), copy.hasAttribute('title')]).toEqual(['false', false]);
  await user.click(copy);
  await waitFor(() => expect(engine.asked).toEqual(['reveal 50008']));
  await expectAccessible();
});

it('marks the sources of an answer', async () => {
  await unplug(3);
  open('ask');
  await user.type(await find(ids.askBox), 'How much butter and flour for the dough of the plum cake?{Enter}');
  const sources = await findAll(ids.askSource);
  expect(within(sources[0] as HTMLElement).getByTestId(ids.away).title).toBe(why('Notes'));
  await expectAccessible();
  await unplug();
  await waitFor(() => expect(query(ids.away)).toBeNull());
});

it('tells the lens of a photo beside its camera', async () => {
  await searchFor('sunset');
  await user.click((await findAll(ids.hitPhoto))[0] as HTMLElement);
  await find(ids.previewPhoto);
  expect(get(ids.preview).textContent).toMatch(/Camera\s*Fairphone 5\s*Lens\s*Wide, 5\.5 mm f\/1\.9/);
});
