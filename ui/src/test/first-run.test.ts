import { waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, get, query, session } from './app';

const { user, open } = session('empty');

it.each(['photos', 'map', 'ask', 'duplicates', 'library', 'settings'] as const)('%s tells what to do on the first run', async (view) => {
  open(view);
  const shown = await find(ids.view(view));
  await waitFor(() => expect(shown.textContent).toMatch(/No photos yet|Nothing to map yet|nothing to ask yet|No duplicates|No folder yet|Models/));
  await expectAccessible();
});

it('offers three ways to begin, and goes on to search after one of them', async () => {
  open('search');
  const empty = await find(ids.searchEmpty);
  expect(empty.textContent).toContain('Drop a folder');
  expect(get(ids.addFolder)).toBeTruthy();
  await expectAccessible();
  await user.click(get(ids.addSample));
  await waitFor(() => expect(query(ids.searchEmpty)).toBeNull());
  expect((await find(ids.jobCard)).textContent).toContain('Indexing sample');
});
