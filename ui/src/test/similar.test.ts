import { screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { nav } from '../lib/state/nav.svelte';
import { search } from '../lib/state/search.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

beforeEach(() => search.clear());

it('shows photos like one of the library, and leaves them again', async () => {
  open('photos');
  const [photo] = await findAll(ids.photoTile);
  expect(photo).toBeDefined();
  if (photo) await user.click(photo);
  await user.click(await find(ids.previewSimilar));
  expect((await find(ids.searchLike)).textContent).toContain('Like: IMG_');
  expect((await findAll(ids.hitPhoto)).length).toBeGreaterThan(0);
  expect(search.request).toMatchObject({ query: '', scope: 'photos', at_least: 'weak' });
  await user.click(get(ids.searchLike));
  await waitFor(() => expect(query(ids.searchLike)).toBeNull());
});

it('shows what is seen in a photo, and looks for more of it', async () => {
  open('photos');
  const [photo] = await findAll(ids.photoTile);
  if (photo) await user.click(photo);
  const tags = await find(ids.previewTags);
  expect(tags.textContent).toMatch(/sea 81 %\s*sailing boat 47 %/);
  await expectAccessible();
  await user.click(screen.getByRole('button', { name: 'sailing boat 47 %' }));
  expect(await find(ids.searchBox)).toHaveProperty('value', 'sailing boat');
  await user.clear(get(ids.searchBox));
});

it('finds photos by a picture that is chosen', async () => {
  open('search');
  const asked = vi.spyOn(engine, 'searchPastedPicture');
  await user.upload(await find(ids.searchPictureFile), new File([new Uint8Array([1, 2, 3])], 'holiday.jpg', { type: 'image/jpeg' }));
  expect((await find(ids.searchPictureChip)).textContent).toContain('Picture: holiday.jpg');
  await findAll(ids.hitPhoto);
  // Words go with it, and its bytes are sent again.
  await user.type(get(ids.searchBox), 'dog kind:jpeg');
  await waitFor(() => expect(asked.mock.lastCall?.[0].query).toBe('dog kind:jpeg'));
  expect(asked.mock.lastCall?.[1]).toEqual([1, 2, 3]);
  await expectAccessible();
  await user.click(get(ids.searchPictureChip));
  await waitFor(() => expect(query(ids.searchPictureChip)).toBeNull());
  expect(document.activeElement).toBe(get(ids.searchBox));
});

it('shows what two photo models find, side by side', async () => {
  open('settings');
  await user.type(await find(ids.compareBox), 'sunset');
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  const sides = await findAll(ids.compareSide);
  expect(sides.map((side) => side.querySelector('.side')?.firstChild?.textContent)).toEqual(['CLIP ViT-B/32 ', 'Built-in photo model ']);
  await expectAccessible();
});

it('remembers what a search should find, and measures photo models by it', async () => {
  open('search');
  await user.type(await find(ids.searchBox), 'sunset');
  await user.click((await findAll(ids.hitPhoto))[0] as HTMLElement);
  const star = await find(ids.previewStar);
  expect(star.getAttribute('aria-pressed')).toBe('false');
  await user.click(star);
  await waitFor(() => expect(get(ids.previewStar).getAttribute('aria-pressed')).toBe('true'));
  await expectAccessible();

  await user.clear(get(ids.searchBox));
  expect((await find(ids.starredSearch)).textContent).toBe('★ sunset');
  nav.go('settings');
  await user.click(await screen.findByRole('button', { name: 'Measure on all stars' }));
  const scores = await findAll(ids.compareScore);
  expect(scores.map((score) => score.textContent)).toEqual([
    'CLIP ViT-B/32 finds 1 of 1 starred photo among its first ten',
    'Built-in photo model finds 0 of 1 starred photo among its first ten',
  ]);
  await expectAccessible();
});
