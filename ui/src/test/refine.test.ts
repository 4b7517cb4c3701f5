import { fireEvent, screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { library } from '../lib/state/library.svelte';
import { search } from '../lib/state/search.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

beforeEach(() => {
  search.clear();
  search.sortBy('relevance');
  search.vary(false);
  search.group('none');
  search.beSure('possible');
});

async function ask(text: string): Promise<void> {
  open('search');
  await user.type(await find(ids.searchBox), text);
  await findAll(ids.hit);
}

const titles = () => screen.getAllByTestId(ids.hit).map((hit) => hit.querySelector('.title')?.textContent ?? '');
const current = () => document.activeElement?.getAttribute('data-testid');

it('sorts, varies and asks how sure, and the engine does it', async () => {
  await ask('water dogs');
  const asked = vi.spyOn(engine, 'search');
  await user.selectOptions(get(ids.sort), 'Oldest');
  await waitFor(() => expect(asked.mock.lastCall?.[0].sort).toBe('oldest'));
  expect(get(ids.varied).getAttribute('aria-disabled')).toBe('true');
  await user.selectOptions(get(ids.sort), 'Relevance');
  await user.click(get(ids.varied));
  await waitFor(() => expect(asked.mock.lastCall?.[0].diverse).toBe(true));
  await fireEvent.change(get(ids.sure), { target: { value: '3' } });
  await waitFor(() => expect(asked.mock.lastCall?.[0].at_least).toBe('very_likely'));
  expect(get(ids.sure).getAttribute('aria-valuetext')).toBe('Very likely');
  await user.click(await find(ids.weak));
  await waitFor(() => expect(asked.mock.lastCall?.[0].at_least).toBe('weak'));
  expect(get(ids.sure).getAttribute('aria-valuetext')).toBe('Everything');
  await expectAccessible();
});

it('has the best passages read again once nobody types, and only where a re-ranker is installed', async () => {
  const asked = vi.spyOn(engine, 'search');
  await ask('water dogs');
  await new Promise((wait) => setTimeout(wait, 500));
  expect(asked.mock.calls.some(([request]) => request.rerank)).toBe(false);
  const status = await engine.status();
  vi.spyOn(engine, 'status').mockResolvedValue({ ...status, reranker: 'ms-marco-minilm-l6-v2' });
  await library.refresh();
  await user.type(get(ids.searchBox), ' again');
  await waitFor(() => expect(asked.mock.lastCall?.[0]).toMatchObject({ query: 'water dogs again', rerank: true }));
  const calls = asked.mock.calls.length;
  await new Promise((wait) => setTimeout(wait, 500));
  expect(asked.mock.calls.length).toBe(calls);
});

it('groups the results by folder and by month, with headings', async () => {
  await ask('water dogs');
  await user.selectOptions(get(ids.group), 'By folder');
  const folders = (await findAll(ids.groupName)).map((heading) => heading.textContent?.replace(/\s*\d+$/, ''));
  expect(folders).toContain('Documents / Family / 2025');
  expect(screen.getByRole('heading', { level: 2, name: /^Pictures \/ Camera \d+$/ })).toBeTruthy();
  await user.selectOptions(get(ids.group), 'By month');
  await waitFor(() => expect(screen.getByRole('heading', { level: 2, name: 'August 2025 1' })).toBeTruthy());
  await expectAccessible();
});

it('unfolds a document by keys, and opens its other passages and what is nearly the same', async () => {
  await ask('roof invoice');
  expect(get(ids.hit).textContent).toContain('+2 nearly the same');
  await user.keyboard('{ArrowDown}{ArrowRight}');
  const [passage] = await findAll(ids.hitPassage);
  expect(passage?.textContent).toContain('page 2');
  expect(screen.getAllByTestId(ids.hitAlike).map((alike) => alike.textContent)).toEqual([
    expect.stringContaining('RE_2024-118 (signed).pdf'),
    expect.stringContaining('RE_2024-118 draft.docx'),
  ]);
  expect(get(ids.hitMore).getAttribute('aria-expanded')).toBe('true');
  await expectAccessible();
  await user.keyboard('{ArrowDown}');
  await waitFor(() => expect(current()).toBe(ids.hitPassage));
  await user.keyboard('{Enter}');
  await waitFor(() => expect(search.preview.request?.passage).toBe(401));
  await user.keyboard('{ArrowDown}{Enter}');
  await waitFor(() => expect(search.preview.request).toEqual({ file: 14, query: 'roof invoice' }));
  await user.keyboard('{ArrowLeft}');
  await waitFor(() => expect(current()).toBe(ids.hit));
  await user.keyboard('{ArrowLeft}');
  await waitFor(() => expect(query(ids.hitPassage)).toBeNull());
});

it('tells of photos that are nearly the same', async () => {
  await ask('water dogs');
  const photo = (await findAll(ids.hitPhoto)).find((hit) => hit.getAttribute('aria-label')?.includes('nearly the same'));
  expect(photo).toBeDefined();
  if (photo) await user.click(photo);
  const more = screen.getAllByTestId(ids.hitMore).find(({ textContent }) => textContent?.includes('nearly the same'));
  if (more) await user.click(more);
  await user.click((await findAll(ids.hitAlike))[0] as HTMLElement);
  await waitFor(() => expect(get(ids.preview).textContent).toContain('nearly the same as a result'));
});

it('looks for what is like one result and unlike another, beside the words', async () => {
  await ask('water dogs');
  const asked = vi.spyOn(engine, 'search');
  const second = titles()[1];
  await user.keyboard('{ArrowDown}{ArrowDown}');
  await user.keyboard('-');
  await find(ids.searchUnlike);
  await user.click(await find(ids.previewSimilar));
  expect((await find(ids.searchLike)).textContent).toContain('Like: ');
  await waitFor(() => expect(asked.mock.lastCall?.[0]).toMatchObject({ query: 'water dogs', like: [{ passage: null }], unlike: [{ passage: null }] }));
  expect(second).toBeTruthy();
  await expectAccessible();
  // Without any words, too.
  await user.clear(get(ids.searchBox));
  await waitFor(() => expect(asked.mock.lastCall?.[0]).toMatchObject({ query: '', at_least: 'possible', like: [{ passage: null }] }));
  await user.click(get(ids.searchUnlike));
  await waitFor(() => expect(asked.mock.lastCall?.[0].unlike).toEqual([]));
  await user.click(get(ids.searchLike));
  await waitFor(() => expect(query(ids.hit)).toBeNull());
});

it('looks for what is like a passage', async () => {
  await ask('boiler pressure');
  await user.click(await find(ids.previewPassageLike));
  expect((await find(ids.searchLike)).textContent).toContain('Like: a passage of boiler-manual.pdf');
  expect(search.request.like).toEqual([{ file: 5, passage: 500 }]);
});

it('searches with a picture that is pasted', async () => {
  open('search');
  const picture = new File([new Uint8Array([9])], 'image.png', { type: 'image/png' });
  await fireEvent.paste(await find(ids.searchBox), { clipboardData: { files: [picture] } });
  expect((await find(ids.searchPictureChip)).textContent).toContain('Picture: image.png');
  await findAll(ids.hitPhoto);
  expect(query(ids.saveSearch)).toBeNull();
});

it('goes from match to match', async () => {
  await ask('dogs water');
  await waitFor(() => expect(get(ids.matchCount).textContent).toMatch(/^Match 1 of \d+$/));
  await user.click(get(ids.matchNext));
  expect(get(ids.matchCount).textContent).toMatch(/^Match 2 of/);
  await user.keyboard('p');
  expect(get(ids.matchCount).textContent).toMatch(/^Match 1 of/);
  get(ids.searchBox).focus();
  await user.keyboard('{F3}n');
  expect(get(ids.matchCount).textContent).toMatch(/^Match 2 of/);
});
