import { screen, waitFor, within } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, get, session } from './app';

const { engine, user, open } = session();

it('shows how well the starred searches are answered, and since when', async () => {
  open('settings', 'quality');
  const means = await find(ids.evaluationMeans);
  expect(within(means).getAllByRole('rowheader').map(({ textContent }) => textContent)).toEqual(['Words and meaning', 'Meaning alone', 'Words alone']);
  expect(within(means).getAllByRole('columnheader').map(({ textContent }) => textContent)).toEqual(['Searched by', 'nDCG@10', 'Recall@10', 'MRR@10', 'p50', 'p95']);
  expect(get(ids.evaluationChange).textContent).toContain('3 better, 1 worse. That could be chance (p = 0.19).');
  expect(get(ids.evaluationQueries).textContent).toContain('not in the first 50');
  expect(within(get(ids.evaluationHistory)).getAllByRole('row')).toHaveLength(4);
  await expectAccessible();
});

it('measures now, as a job', async () => {
  open('settings', 'quality');
  await user.click(await find(ids.evaluate));
  await find(ids.job);
  await waitFor(() => expect(within(get(ids.evaluationHistory)).getAllByRole('row')).toHaveLength(5), { timeout: 20_000 });
});

it('is copied as JSON', async () => {
  open('settings', 'quality');
  await find(ids.evaluationCopy);
  const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  await user.click(get(ids.evaluationCopy));
  await waitFor(() => expect(write).toHaveBeenCalled());
  expect(JSON.parse(write.mock.lastCall?.[0] ?? '')).toMatchObject({ golden: 7, past: expect.any(Array) });
});

it('says so where no search has a star', async () => {
  vi.spyOn(engine, 'evaluations').mockResolvedValue({ golden: 0, past: [], change: null });
  open('settings', 'quality');
  await waitFor(() => expect(screen.getByText('No search has a star yet.')).toBeTruthy());
  expect((get(ids.evaluate) as HTMLButtonElement).disabled).toBe(true);
});
