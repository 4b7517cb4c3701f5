import { screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { nav } from '../lib/state/nav.svelte';
import { search } from '../lib/state/search.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

beforeEach(() => search.clear());

const names = (id: string) => screen.queryAllByTestId(id).map((entry) => entry.textContent?.trim());

async function ask(text: string): Promise<void> {
  open('search');
  await user.type(await find(ids.searchBox), text);
  await findAll(ids.hit);
}

it('saves a search by its name, and asks it again with all that belongs to it', async () => {
  await ask('water dogs');
  await user.selectOptions(get(ids.sort), 'Newest');
  await user.click(get(ids.previewSimilar));
  await user.click(get(ids.saveSearch));
  const field = (await find(ids.saveName)) as HTMLInputElement;
  expect([field.value, document.activeElement]).toEqual(['water dogs', field]);
  await expectAccessible();
  await user.clear(field);
  await user.type(field, 'Roof{Enter}');
  await waitFor(() => expect(query(ids.saveName)).toBeNull());
  expect(document.activeElement).toBe(get(ids.saveSearch));
  search.sortBy('relevance');
  search.clear();
  expect((await findAll(ids.savedSearch))[0]?.textContent).toContain('Roof');
  await user.click((await findAll(ids.savedSearch))[0] as HTMLElement);
  await findAll(ids.hit);
  await waitFor(() => expect(search.request).toMatchObject({ query: 'water dogs', sort: 'newest', like: [{ file: 1, passage: null }] }));
  expect((await find(ids.searchLike)).textContent).toContain('Like: album-notes.pdf');
  search.sortBy('relevance');
});

it('is reached, renamed and removed by keys', async () => {
  open('search');
  await findAll(ids.savedSearch);
  await user.keyboard('{ArrowDown}');
  expect(document.activeElement).toBe(screen.getAllByTestId(ids.savedSearch)[0]);
  await user.keyboard('{ArrowDown}{ArrowUp}{Tab}{Enter}');
  const field = (await find(ids.savedName)) as HTMLInputElement;
  await waitFor(() => expect(document.activeElement).toBe(field));
  await user.clear(field);
  await user.type(field, 'The roof{Enter}');
  await waitFor(() => expect(names(ids.savedSearch)[0]).toBe('The roof'));
  await expectAccessible();
  const before = names(ids.savedSearch).length;
  await user.click(screen.getAllByTestId(ids.savedForget)[0] as HTMLElement);
  await waitFor(() => expect(names(ids.savedSearch)).toHaveLength(before - 1));
  expect(document.activeElement?.hasAttribute('data-recall')).toBe(true);
  await user.click(await find(ids.undo));
  await waitFor(() => expect(names(ids.savedSearch)).toContain('The roof'));
});

it('remembers a search when a result is opened, once, and not what is typed on the way', async () => {
  const remember = vi.spyOn(engine, 'rememberSearch');
  await ask('passport');
  expect(remember).not.toHaveBeenCalled();
  await user.click((await findAll(ids.hit))[0] as HTMLElement);
  await user.click((await findAll(ids.hit))[0] as HTMLElement);
  expect(remember.mock.calls).toEqual([['passport']]);
  search.clear();
  await waitFor(() => expect(names(ids.pastSearch)[0]).toBe('passport'));
});

it('remembers a search whose results are looked at for a while', async () => {
  const remember = vi.spyOn(engine, 'rememberSearch');
  await ask('plum cake');
  await waitFor(() => expect(remember.mock.calls).toEqual([['plum cake']]), { timeout: 8000 });
});

it('forgets one search of before, or all', async () => {
  open('search');
  await findAll(ids.pastSearch);
  const [first, second] = names(ids.pastSearch);
  const line = (screen.getAllByTestId(ids.pastSearch)[0] as HTMLElement).parentElement as HTMLElement;
  await user.click(within(line).getByTestId(ids.pastForget));
  await waitFor(() => expect(names(ids.pastSearch)[0]).toBe(second));
  expect(first).not.toBe(second);
  await user.click(get(ids.pastClear));
  await waitFor(() => expect(query(ids.pastSearch)).toBeNull());
});

it('remembers nothing where that is switched off', async () => {
  await ask('roof');
  await user.click((await findAll(ids.hit))[0] as HTMLElement);
  nav.go('settings', 'privacy');
  const turn = await find(ids.historySwitch);
  expect(turn.getAttribute('aria-checked')).toBe('true');
  await user.click(turn);
  await waitFor(() => expect(get(ids.historySwitch).getAttribute('aria-checked')).toBe('false'));
  await expectAccessible();
  search.clear();
  nav.go('search');
  await findAll(ids.savedSearch);
  expect(query(ids.pastSearch)).toBeNull();
});
