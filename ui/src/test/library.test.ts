import { waitFor, within } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session('busy');

it('lists folders, work and problems', async () => {
  open('library');
  const roots = await findAll(ids.root);
  expect(roots).toHaveLength(3);
  expect(roots[2]?.textContent).toContain('Not connected');
  expect((await find(ids.job)).textContent).toMatch(/Reading files · 4,8\d\d of 7,740 files · 38 files\/s · 4\.1 MB\/s · about 1 min left/);
  expect(get(ids.jobFiles).textContent).toMatch(/^1,2\d\d read · 9\d the same as others · 3,5\d\d unchanged · 7 failed$/);
  expect((await findAll(ids.problem)).length).toBe(9);
  expect(get(ids.view('library')).textContent).toContain('Save a copy without one to make it searchable.');
  await expectAccessible();
});

it('shows work in the corner of every view, with pause and resume', async () => {
  open('duplicates');
  const card = await find(ids.jobCard);
  expect(card.textContent).toContain('62 %');
  await user.click(get(ids.jobPause));
  await waitFor(() => expect(within(get(ids.jobCard)).getByText('Paused')).toBeTruthy());
  await user.click(get(ids.jobPause));
  await waitFor(() => expect(within(get(ids.jobCard)).getByText('38 files/s')).toBeTruthy());
  expect(get(ids.jobCard).textContent).toMatch(/4\.1 MB\/s.*1,2\d\d read · 9\d the same as others/s);
  await expectAccessible();
});

it('goes from the corner to the problems', async () => {
  open('search');
  await find(ids.jobCard);
  await user.click(await find(ids.problemsLink));
  await find(ids.view('library'));
  await findAll(ids.problem);
});

it('retries one file', async () => {
  open('library');
  const before = (await findAll(ids.problem)).length;
  await user.click((await findAll(ids.retry))[0] as HTMLElement);
  await waitFor(() => expect(document.querySelectorAll(`[data-testid=${ids.problem}]`).length).toBe(before - 1));
});

it('asks before it forgets a folder', async () => {
  open('library');
  await user.click((await findAll(ids.rootRemove))[2] as HTMLElement);
  expect(get(ids.view('library')).textContent).toContain('Your files stay.');
  await user.click(get(`${ids.rootRemove}-confirm`));
  await waitFor(() => expect(document.querySelectorAll(`[data-testid=${ids.root}]`).length).toBe(2));
});

it('cancels work', async () => {
  open('library');
  await user.click(await find(ids.jobCancel));
  await waitFor(() => expect(query(ids.job)).toBeNull());
  expect((await engine.jobs())[0]?.state).toBe('cancelled');
});

it('lists duplicates, the most spare bytes first, and shows each in its folder', async () => {
  open('duplicates');
  const groups = await findAll(ids.duplicateGroup);
  expect(groups[0]?.textContent).toContain('Heating: instructions for the boiler');
  expect(groups[0]?.textContent).toContain('2 times 5.6 MB');
  engine.asked.length = 0;
  await user.click(within(groups[0] as HTMLElement).getAllByTestId(ids.duplicateReveal)[0] as HTMLElement);
  await waitFor(() => expect(engine.asked).toEqual(['reveal 5']));
  expect(groups.some(({ textContent }) => textContent?.includes('3 photos'))).toBe(true);
  expect(document.body.textContent).not.toMatch(/delete(?!s nothing)/i);
});
