import { expect, it } from 'vitest';
import { ids } from '../lib/testids';
import { find, findAll, get, session } from './app';

const { user, open } = session('bare');

it('says what a missing model keeps it from doing, and where to get one', async () => {
  open('search');
  await user.type(await find(ids.searchBox), 'roof invoice');
  await findAll(ids.hit);
  expect(get(ids.notes).textContent).toContain('Search inside pictures needs a photo model.');
  await user.click(get(ids.notes).querySelector('button') as HTMLElement);
  await find(ids.view('settings'));
  expect((await find(ids.view('settings'))).textContent).toContain('Models');
});

it('has no form of an index to choose without a model', async () => {
  open('settings', 'dimensions');
  expect((await find(ids.dimsEmpty)).textContent).toContain('No vectors without a model');
});

it('says what text in photos needs', async () => {
  open('settings', 'ocr');
  expect((await find(ids.ocrMissing)).textContent).toContain('Tesseract, a free program that was not found on this computer');
});
