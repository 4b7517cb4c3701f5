import { fireEvent, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import { search } from '../lib/state/search.svelte';
import { showing } from '../lib/state/showing.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, get, query, session } from './app';

const { user, open } = session();

beforeEach(() => {
  search.clear();
  showing.as = 'text';
});

async function searchFor(text: string, title: string): Promise<void> {
  if (!query(ids.searchBox)) open('search');
  await user.clear(await find(ids.searchBox));
  await user.type(get(ids.searchBox), text);
  await waitFor(() => expect(get(ids.preview).querySelector('h2')?.textContent).toBe(title));
}

const boiler = 'Heating: instructions for the boiler';
const picture = () => get(ids.previewPage) as HTMLImageElement;
const number = () => get(ids.previewPageNumber).textContent;
const pressed = (id: string) => get(id).getAttribute('aria-pressed') === 'true';

it('shows a PDF as text, and as the page that the passage is on', async () => {
  await searchFor('no gas, reset button', boiler);
  expect([pressed(ids.previewAs('text')), pressed(ids.previewAs('page')), query(ids.previewPageNumber)]).toEqual([true, false, null]);
  get(ids.previewAs('page')).focus();
  await user.keyboard(' ');
  expect(number()).toBe('Page 2 of 48');
  expect(picture().alt).toBe(`Page 2 of ${boiler}`);
  expect(decodeURIComponent(picture().src)).toContain('F28');
  expect(query(ids.previewText)).toBeNull();
  await expectAccessible();
  await user.click(get(ids.previewAs('text')));
  expect(get(ids.previewText).textContent).toContain('F28');
});

it('turns the pages, and not past the ends', async () => {
  await searchFor('repair of the roof', 'Invoice 2024-118: repair of the roof');
  await user.click(get(ids.previewAs('page')));
  expect([number(), get(ids.previewPagePrevious).getAttribute('aria-disabled')]).toEqual(['Page 1 of 2', 'true']);
  await user.click(get(ids.previewPageNext));
  expect([number(), get(ids.previewPageNext).getAttribute('aria-disabled')]).toEqual(['Page 2 of 2', 'true']);
  await waitFor(() => expect(get(ids.live).textContent).toBe('Page 2 of 2.'), { timeout: 2000 });
  await user.keyboard('{Enter}');
  expect([number(), document.activeElement]).toEqual(['Page 2 of 2', get(ids.previewPageNext)]);
  await user.click(get(ids.previewPagePrevious));
  expect(number()).toBe('Page 1 of 2');
});

it('goes to the page of the next passage', async () => {
  await searchFor('boiler pressure', boiler);
  await user.click(get(ids.previewAs('page')));
  expect(number()).toBe('Page 1 of 48');
  await user.click(get(ids.previewNext));
  await waitFor(() => expect(number()).toBe('Page 2 of 48'));
});

it('stays with pages from result to result, where there are pages', async () => {
  await searchFor('boiler pressure', boiler);
  await user.click(get(ids.previewAs('page')));
  await searchFor('kennel booking vaccination', 'Kennel booking and vaccination record');
  expect([query(ids.previewAs('page')), query(ids.previewPage)]).toEqual([null, null]);
  expect(get(ids.previewText).textContent).toContain('Vaccination record');
  await searchFor('notice period of the lease', 'Lease of the flat in Linden Street');
  expect(picture().alt).toBe('Page 1 of Lease of the flat in Linden Street');
});

it('says so where a page cannot be drawn, and goes on with the next', async () => {
  await searchFor('boiler pressure', boiler);
  await user.click(get(ids.previewAs('page')));
  expect(picture().closest('[role=region]')?.getAttribute('aria-busy')).toBe('true');
  await fireEvent.error(picture());
  expect(get(ids.previewPageBroken).textContent).toBe('This page cannot be shown as a picture. Its text is under Text.');
  expect(query(ids.previewPage)).toBeNull();
  await expectAccessible();
  await user.click(get(ids.previewPageNext));
  expect(query(ids.previewPageBroken)).toBeNull();
  await fireEvent.load(picture());
  expect(picture().closest('[role=region]')?.getAttribute('aria-busy')).toBe('false');
});
