import { expect, it } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, session } from './app';

const { user, open } = session('broken');

it.each(['photos', 'map', 'duplicates', 'library', 'settings'] as const)('%s says in place what is wrong and what helps', async (view) => {
  open(view);
  const [failure] = await import('@testing-library/svelte').then(({ screen }) => screen.findAllByTestId(ids.failure));
  expect(failure?.textContent).toContain('the disk is full. Free some space');
  await expectAccessible();
});

it('search and ask say it too', async () => {
  const { unmount } = open('search');
  await user.type(await find(ids.searchBox), 'roof');
  expect((await find(ids.failure)).textContent).toContain('the disk is full');
  unmount();
  open('ask');
  await user.type(await find(ids.askBox), 'roof?{Enter}');
  expect((await find(ids.failure)).textContent).toContain('the disk is full');
});
