import { waitFor, within } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, session } from './app';

const { engine, user, open } = session();

const model = async (id: string) => {
  const rows = await findAll(ids.model);
  return rows.find((row) => row.dataset['model'] === id) as HTMLElement;
};

it('lists models with what is missing and what helps', async () => {
  open('settings');
  expect((await model('all-minilm-l6-v2')).textContent).toContain('In use');
  expect((await model('clip-vit-large-patch14')).textContent).toContain('One of its files is cut off.');
  await expectAccessible();
});

it('gets a model as a job that shows bytes', async () => {
  open('settings');
  await user.click(within(await model('bge-small-en-v1.5')).getByTestId(ids.modelGet));
  const card = await find(ids.jobCard);
  await waitFor(() => expect(card.textContent).toMatch(/Getting BAAI\/bge-small-en-v1\.5.* of 133 MB/s));
  await engine.jobCancel(1);
});

it('imports a model, then uses it', async () => {
  open('settings');
  await user.click(within(await model('multilingual-e5-small')).getByTestId(ids.modelImport));
  await waitFor(async () => expect(within(await model('multilingual-e5-small')).getByTestId(ids.modelUse)).toBeTruthy());
  await user.click(within(await model('multilingual-e5-small')).getByTestId(ids.modelUse));
  await waitFor(async () => expect((await model('multilingual-e5-small')).textContent).toContain('In use'));
  expect((await model('all-minilm-l6-v2')).textContent).not.toContain('In use');
});

it('chooses dimensions: the old ones answer until the new are built', async () => {
  open('settings', 'dimensions');
  expect((await find(ids.dimsCurrent)).textContent).toBe('In use: 384 dimensions.');
  await user.click(get(ids.dims('d128')));
  expect((await find(ids.dimsBuilding)).textContent).toContain('128 dimensions are being built');
  expect(get(ids.dimsCurrent).textContent).toBe('In use: 384 dimensions.');
  await waitFor(() => expect(get(ids.dimsCurrent).textContent).toBe('In use: 128 dimensions.'), { timeout: 4000 });
  expect(get(ids.dims('d128')).getAttribute('aria-pressed')).toBe('true');
});

it('changes the theme at once and keeps the other settings', async () => {
  const spy = vi.spyOn(engine, 'setSettings');
  open('settings', 'appearance');
  await user.click(await find(ids.theme('dark')));
  expect(document.documentElement.dataset['theme']).toBe('dark');
  await waitFor(() => expect(spy).toHaveBeenCalledWith({ text_model: null, photo_model: null, dims: 'full', theme: 'dark' }));
  await user.click(get(ids.theme('light')));
  expect(document.documentElement.dataset['theme']).toBe('light');
});
