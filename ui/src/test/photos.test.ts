import { waitFor } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { photos } from '../lib/state/photos.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

it('makes only the rows in sight, whatever the number of photos', async () => {
  open('photos');
  expect((await find(ids.photoCount)).textContent).toBe('4,209 photos');
  const grid = await find(ids.photoGrid);
  expect(grid.getAttribute('role')).toBe('grid');
  expect(Number(grid.getAttribute('aria-rowcount'))).toBeGreaterThan(1000);
  await waitFor(() => expect(document.querySelectorAll('[data-testid=photo-tile] img').length).toBeGreaterThan(0));
  expect((await findAll(ids.photoTile)).length).toBeLessThan(200);
  await expectAccessible();
});

it('is one stop for Tab and walked by arrows; Enter looks, Ctrl+Enter opens, Escape goes back', async () => {
  open('photos');
  await waitFor(() => expect(document.querySelectorAll('[data-testid=photo-tile] img').length).toBeGreaterThan(0));
  const stops = () => document.querySelectorAll('[data-testid=photo-tile][tabindex="0"]');
  expect(stops()).toHaveLength(1);
  (stops()[0] as HTMLElement).focus();
  await user.keyboard('{ArrowDown}{ArrowDown}{Enter}');
  await waitFor(() => expect(get(ids.preview).textContent).toContain('IMG_9874.jpg'));
  expect(document.activeElement?.getAttribute('aria-label')).toContain('IMG_9874.jpg');
  await user.keyboard('{Control>}{Enter}{/Control}');
  await waitFor(() => expect(engine.asked).toContain('open 10002'));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(query(ids.preview)).toBeNull());
  expect(stops()).toHaveLength(1);
});

it('keeps the cursor’s cell when it is far out of sight', async () => {
  open('photos');
  await waitFor(() => expect(document.querySelectorAll('[data-testid=photo-tile] img').length).toBeGreaterThan(0));
  (document.querySelector('[data-testid=photo-tile][tabindex="0"]') as HTMLElement).focus();
  await user.keyboard('{End}');
  await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toContain('IMG_5668.jpg'));
  expect(photos.active).toBe(4208);
  await user.keyboard('{Home}');
  await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toContain('IMG_9876.jpg'));
});

it('asks once for a page that cannot be had, and again on request', async () => {
  const spy = vi.spyOn(engine, 'photos').mockRejectedValue({ code: 'io', message: 'The disk refused.' });
  photos.renew();
  open('photos');
  await waitFor(() => expect(spy).toHaveBeenCalled());
  await new Promise((done) => setTimeout(done, 60));
  const calls = spy.mock.calls.length;
  await new Promise((done) => setTimeout(done, 60));
  expect(spy.mock.calls.length).toBe(calls);
});
