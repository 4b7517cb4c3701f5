import { waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { user, open } = session();

it('has everything as a list, also where nothing can be drawn', async () => {
  open('map');
  const groups = await findAll(ids.mapCluster);
  expect(groups.map((group) => group.textContent?.trim())).toContain('invoice, tax, total 1,204');
  expect(get(ids.mapCanvas).getAttribute('aria-label')).toBe('Map of 7,849 items in 11 groups. The groups are listed beside it.');
  expect(get(ids.view('map')).textContent).toContain('The map cannot be drawn here. The list shows its groups.');
  await expectAccessible();
});

it('is walked by keys: a group, its items, a preview, and back', async () => {
  open('map');
  const groups = await findAll(ids.mapCluster);
  groups[0]?.focus();
  await user.keyboard('{ArrowDown}{Enter}');
  await findAll(ids.mapItem);
  expect(document.activeElement).toBe(get(ids.mapBack));
  await user.keyboard('{ArrowDown}{Enter}');
  await find(ids.preview);
  await expectAccessible();
  await user.keyboard('{Escape}');
  await waitFor(() => expect(query(ids.preview)).toBeNull());
  await user.keyboard('{Escape}');
  await waitFor(() => expect(document.activeElement?.textContent).toContain('invoice, tax, total'));
});

it('lights up what matches and counts it in each group', async () => {
  open('map');
  await user.type(await find(ids.mapBox), 'dogs beach');
  await waitFor(() => expect(get(ids.view('map')).textContent).toMatch(/\d+ lit up/));
  const lit = (await findAll(ids.mapCluster)).map((group) => /(\d+) of/.exec(group.textContent ?? '')?.[1]);
  expect(lit.some((n) => Number(n) > 0)).toBe(true);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(get(ids.view('map')).textContent).not.toContain('lit up'));
});
