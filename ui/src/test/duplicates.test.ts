import { screen, waitFor, within } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { user, open } = session();

const headings = () => screen.getAllByRole('heading', { level: 2 }).map((heading) => heading.textContent);

it('has a part for each way of being the same, and says that only one of them is identical', async () => {
  open('duplicates');
  await findAll(ids.duplicateGroup);
  expect(headings()).toEqual([
    'The same file',
    'Photos that look the same',
    'Documents that say the same',
    'Documents that say nearly the same',
    'Another version',
  ]);
  const page = get(ids.view('duplicates')).textContent ?? '';
  expect(page).toContain('Cairn deletes nothing');
  expect(page.match(/byte for byte/g)).toHaveLength(1);
  expect(page.match(/They are different files/g)).toHaveLength(2);
  await expectAccessible();
  await user.click(get(ids.duplicateKind('revision')));
  await waitFor(() => expect(headings()).toEqual(['Another version']));
  await user.click(get(ids.duplicateKind('all')));
});

it('suggests what to keep, and why', async () => {
  open('duplicates');
  const [first] = await findAll(ids.duplicateGroup);
  const looks = screen.getAllByTestId(ids.duplicateGroup).find(({ textContent }) => textContent?.includes('IMG_9175 (1).jpg'));
  expect(first).toBeDefined();
  expect(looks && within(looks).queryByTestId(ids.duplicateKeep)).toBeNull();
  const kept = screen.getAllByTestId(ids.duplicateKeep).map(({ textContent }) => textContent);
  expect(kept).toContain('Suggested to keep: not in a folder for downloads, copies or the desktop');
  expect(kept.some((words) => words?.includes('the newest'))).toBe(true);
});

it('shows two files side by side, and comes back', async () => {
  open('duplicates');
  await findAll(ids.duplicateGroup);
  const group = screen.getAllByTestId(ids.duplicateGroup).find(({ textContent }) => textContent?.includes('minutes-43.docx')) as HTMLElement;
  await user.click(within(group).getByTestId(ids.duplicateCompare));
  await waitFor(() => expect(screen.getAllByTestId(ids.previewText)).toHaveLength(2));
  expect(document.activeElement).toBe(get(ids.compareBack));
  await expectAccessible();
  await user.selectOptions(screen.getAllByTestId(ids.comparePick)[1] as HTMLElement, 'Documents / Garden / Association / minutes-43.docx');
  await waitFor(() => expect(screen.getAllByTestId(ids.compareFile)[1]?.querySelector('h2')?.textContent).toBe('minutes-43.docx'));
  await user.keyboard('{Escape}');
  await waitFor(() => expect(query(ids.compareFiles)).toBeNull());
  expect(document.activeElement?.getAttribute('data-testid')).toBe(ids.duplicateCompare);
});

it('shows two photos side by side', async () => {
  open('duplicates');
  await findAll(ids.duplicateGroup);
  await user.click(screen.getAllByTestId(ids.duplicateCompare)[0] as HTMLElement);
  await waitFor(() => expect(get(ids.compareFiles).querySelectorAll('img')).toHaveLength(2));
  expect((await find(ids.compareFiles)).textContent).toContain('4,032 × 3,024 pixels');
});
