import { waitFor, within } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, get, session } from './app';

const { engine, user, open } = session('battery');

const indexing = async () => (await engine.settings()).indexing;
const cores = (share: string) => get(ids.cores(share)) as HTMLInputElement;
const isOn = (id: string) => get(id).getAttribute('aria-checked') === 'true';

async function settings() {
  open('settings', 'indexing');
  await find(ids.cores('all'));
}

it('waits for the charger, and goes on at once when it is told to', async () => {
  open('library');
  const row = await find(ids.job);
  expect(row.textContent).toMatch(/Waiting for the charger · Reading files · 4,812 of 7,740 files/);
  expect(within(get(ids.jobCard)).getByText('Waiting for the charger')).toBeTruthy();
  await expectAccessible();
  await user.click(within(row).getByText('Resume'));
  await waitFor(() => expect(row.textContent).not.toContain('Waiting'));
  expect(within(row).getByText('Pause')).toBeTruthy();
  await engine.jobCancel(1);
});

it('keeps at once how much of the processor it may take', async () => {
  await settings();
  expect([cores('all').checked, cores('half').labels?.[0]?.textContent?.trim()]).toEqual([true, 'Half of the cores']);
  await user.click(cores('half'));
  await waitFor(async () => expect((await indexing()).cores).toBe('half'));
  await user.click(cores('one'));
  await waitFor(async () => expect((await indexing()).cores).toBe('one'));
  expect(cores('one').checked).toBe(true);
  await expectAccessible();
});

it('keeps both switches, also when they are turned quickly', async () => {
  await settings();
  expect([isOn(ids.mainsSwitch), isOn(ids.archivesSwitch)]).toEqual([true, false]);
  get(ids.mainsSwitch).click();
  get(ids.archivesSwitch).click();
  await waitFor(async () => expect(await indexing()).toEqual({ cores: 'one', only_on_mains: false, gitignore: false, archives: true }));
  expect([isOn(ids.mainsSwitch), isOn(ids.archivesSwitch)]).toEqual([false, true]);
  const says = (id: string) => document.getElementById(get(id).getAttribute('aria-describedby') ?? '')?.textContent;
  expect(says(ids.mainsSwitch)).toContain('Reading waits while the computer runs on battery.');
  expect(says(ids.archivesSwitch)).toContain('Documents in .zip and .tar files become searchable.');
  await waitFor(() => expect(get(ids.live).textContent).toBe('Documents in archives are read from now on.'), { timeout: 2000 });
});

it('takes back what could not be kept, and says why', async () => {
  await settings();
  vi.spyOn(engine, 'setIndexing').mockRejectedValue({ code: 'io', message: 'The disk is full.' });
  await user.click(cores('all'));
  expect((await find(ids.failure)).textContent).toContain('The disk is full.');
  expect([cores('all').checked, cores('one').checked]).toEqual([false, true]);
  await expectAccessible();
});
