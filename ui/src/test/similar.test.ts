import { screen, waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { user, open } = session();

it('shows photos like one of the library, and leaves them again', async () => {
  open('photos');
  const [photo] = await findAll(ids.photoTile);
  expect(photo).toBeDefined();
  if (photo) await user.click(photo);
  await user.click(await find(ids.previewSimilar));
  expect((await find(ids.searchLike)).textContent).toContain('Like ');
  expect((await findAll(ids.hitPhoto)).length).toBeGreaterThan(0);
  await user.click(get(ids.searchLike));
  await waitFor(() => expect(query(ids.searchLike)).toBeNull());
});

it('finds photos by a picture that is chosen', async () => {
  open('search');
  await user.click(await find(ids.searchPicture));
  expect((await find(ids.searchLike)).textContent).toContain('Like holiday.jpg');
});

it('shows what two photo models find, side by side', async () => {
  open('settings');
  await user.type(await find(ids.compareBox), 'sunset');
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  const sides = await findAll(ids.compareSide);
  expect(sides.map((side) => side.querySelector('.side')?.firstChild?.textContent)).toEqual(['CLIP ViT-B/32 ', 'Built-in photo model ']);
  await expectAccessible();
});
