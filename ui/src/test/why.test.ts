import { waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { nav } from '../lib/state/nav.svelte';
import { search } from '../lib/state/search.svelte';
import { whyState } from '../lib/state/why.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

beforeEach(() => {
  search.clear();
  whyState.open = false;
  whyState.heat = false;
});

async function ask(text: string): Promise<void> {
  open('search');
  await user.type(await find(ids.searchBox), text);
}

it('tells why a document is found: how likely, by what, and by which words', async () => {
  await ask('roof repair');
  const explain = vi.spyOn(engine, 'explain');
  await findAll(ids.hit);
  const toggle = await find(ids.previewWhy);
  expect([toggle.getAttribute('aria-expanded'), query(ids.whyBody)]).toEqual(['false', null]);
  expect(explain).not.toHaveBeenCalled();
  toggle.focus();
  await user.keyboard('w');
  const strongest = await find(ids.whyStrongest);
  expect(strongest.textContent).toMatch(/^Strongest words: (roofers|roof|repair) \d+ %, \S+ \d+ %/);
  expect(get(ids.whyBody).textContent).toMatch(/(Likely|Very likely), \d+ % · place 1 of the results/);
  expect(get(ids.whyBody).textContent).toMatch(/Meaning\s*\d+ %\s*cosine/);
  expect(explain.mock.lastCall?.[1]).toMatchObject({ query: 'roof repair', at_least: 'possible' });
  await expectAccessible();
  await user.keyboard('w');
  expect(query(ids.whyBody)).toBeNull();
});

it('is not opened by a letter that is typed', async () => {
  await ask('roof w');
  await findAll(ids.hit);
  expect(query(ids.whyBody)).toBeNull();
});

it('shows where a photo fits, in a picture and in words', async () => {
  await ask('sunset');
  await user.click((await findAll(ids.hitPhoto))[0] as HTMLElement);
  await user.click(await find(ids.previewWhy));
  await user.click(await find(ids.whyHeat));
  expect((await find(ids.heatWords)).textContent).toMatch(/^It fits /);
  expect(get(ids.heat).querySelectorAll('rect')).toHaveLength(49);
  expect(get(ids.heat).getAttribute('aria-label')).toMatch(/^Where it fits: /);
  await expectAccessible();
  await user.click(get(ids.whyHeat));
  await waitFor(() => expect(query(ids.heat)).toBeNull());
});

it('says in place why it cannot tell where', async () => {
  vi.spyOn(engine, 'heat').mockRejectedValue({ code: 'model_missing', message: 'Looking into photos needs a photo model.' });
  await ask('sunset');
  await user.click((await findAll(ids.hitPhoto))[0] as HTMLElement);
  await user.click(await find(ids.previewWhy));
  await user.click(await find(ids.whyHeat));
  expect((await find(ids.failure)).textContent).toContain('Looking into photos needs a photo model.');
});

it('tells elsewhere why a file is not found', async () => {
  await ask('roof repair');
  await findAll(ids.hit);
  nav.go('photos');
  await user.click((await findAll(ids.photoTile))[0] as HTMLElement);
  const toggle = await find(ids.previewWhy);
  expect(toggle.textContent).toContain('Why is this not found by “roof repair”?');
  await user.click(toggle);
  await waitFor(() => expect(get(ids.whyBody).textContent).toContain('Nothing in it has to do with what is asked for.'));
  await expectAccessible();
});

it('asks nothing where nothing is asked for', async () => {
  open('photos');
  await user.click((await findAll(ids.photoTile))[0] as HTMLElement);
  await find(ids.preview);
  expect(query(ids.previewWhy)).toBeNull();
});
