import { screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { messages } from '../lib/state/messages.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

beforeEach(async () => {
  await engine.setExcludes(null);
  engine.asked.length = 0;
});

afterEach(() => {
  messages.toasts = [];
});

const rows = () => screen.queryAllByTestId(ids.problem);
const row = (name: string) => rows().find((one) => one.querySelector('p')?.textContent === name);
const part = (name: string, id: string) => row(name)?.querySelector<HTMLElement>(`[data-testid=${id}]`) as HTMLElement;
const rules = async () => (await engine.settings()).excludes;
const toasts = () => screen.queryAllByTestId(ids.toast).map((toast) => toast.querySelector('span')?.textContent);

async function problems() {
  open('library');
  await findAll(ids.problem);
}

it('leaves one file out, says that it stays on disk, and takes it back', async () => {
  await problems();
  expect(rows()).toHaveLength(9);
  await user.click(part('scan0001.pdf', ids.leaveOut));
  await waitFor(() => expect(row('scan0001.pdf')).toBeUndefined());
  expect(await rules()).toEqual([...(await own()), '/home/ada/Documents/Work/scan0001.pdf']);
  expect(toasts()).toEqual(['“scan0001.pdf” is left out of the library. The file stays on disk.']);
  expect(get(ids.excludesSummary).textContent).toBe('13 rules, yours');
  await expectAccessible();
  await user.click(get(ids.undo));
  await waitFor(() => expect(row('scan0001.pdf')).toBeTruthy());
  expect([await rules(), rows().length, query(ids.undo)]).toEqual([null, 9, null]);
  expect(toasts()).toContain('“scan0001.pdf” is not left out any more.');
});

/** Cairn's own lines. */
async function own(): Promise<string[]> {
  const now = await rules();
  await engine.setExcludes(null);
  const { lines } = await engine.excludes();
  await engine.setExcludes(now);
  return lines;
}

it('takes back the last file alone, whatever the rules have become', async () => {
  await engine.setExcludes(['*.log', '# mine']);
  await problems();
  await user.click(part('scan0001.pdf', ids.leaveOut));
  await waitFor(() => expect(row('scan0001.pdf')).toBeUndefined());
  await user.click(part('birthday.mp4', ids.leaveOut));
  await waitFor(() => expect(row('birthday.mp4')).toBeUndefined());
  expect(screen.getAllByTestId(ids.undo)).toHaveLength(1);
  await engine.setExcludes([...((await rules()) ?? []), 'later/']);
  await user.click(get(ids.undo));
  await waitFor(() => expect(row('birthday.mp4')).toBeTruthy());
  expect(await rules()).toEqual(['*.log', '# mine', '/home/ada/Documents/Work/scan0001.pdf', 'later/']);
  expect(row('scan0001.pdf')).toBeUndefined();
});

it('moves and shuts no group while one works through it', async () => {
  await problems();
  const groups = () => [...document.querySelectorAll('details')].map((group) => [group.querySelector('.name')?.textContent, group.open]);
  const before = groups();
  expect(before).toEqual([['Needs a password', true], ['Damaged', false], ['No text in it', false], ['Not a kind Cairn reads', false]]);
  for (const name of ['payslip-2023-04.pdf', 'payslip-2023-05.pdf']) {
    await user.click(part(name, ids.leaveOut));
    await waitFor(() => expect(row(name)).toBeUndefined());
  }
  expect(groups()).toEqual(before);
  await user.click(part('bank-statement.pdf', ids.leaveOut));
  await waitFor(() => expect(groups()).toEqual(before.slice(1)));
});

it('is walked by keys: the next file takes the focus, and Ctrl+Z takes back', async () => {
  await problems();
  part('payslip-2023-04.pdf', ids.leaveOut).focus();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(row('payslip-2023-04.pdf')).toBeUndefined());
  await waitFor(() => expect(document.activeElement).toBe(part('payslip-2023-05.pdf', ids.leaveOut)));
  await waitFor(() => expect(get(ids.live).textContent).toContain('Ctrl Z takes it back.'), { timeout: 2000 });
  await user.keyboard('{Control>}z{/Control}');
  await waitFor(() => expect(row('payslip-2023-04.pdf')).toBeTruthy());
  expect(await rules()).toBeNull();
});

it('says why a file could not be left out, and why it could not be taken back', async () => {
  const set = vi.spyOn(engine, 'setExcludes').mockRejectedValue({ code: 'io', message: 'The disk is full.' });
  await problems();
  await user.click(part('scan0001.pdf', ids.leaveOut));
  expect((await find(ids.failure)).textContent).toContain('The disk is full.');
  expect([row('scan0001.pdf') !== undefined, query(ids.undo)]).toEqual([true, null]);
  set.mockRestore();
  await user.click(part('scan0001.pdf', ids.leaveOut));
  await find(ids.undo);
  vi.spyOn(engine, 'setExcludes').mockRejectedValue({ code: 'io', message: 'The disk is still full.' });
  await user.click(get(ids.undo));
  await waitFor(() => expect(toasts()).toContain('The disk is still full.'));
});

it('offers no such thing for a file that no rule can name, nor for a group', async () => {
  await problems();
  const names = rows().filter((one) => within(one).queryByTestId(ids.leaveOut) === null);
  expect(names.map((one) => one.querySelector('p')?.textContent)).toEqual(['th\ufffdse-2009.docx']);
  for (const group of document.querySelectorAll('summary')) expect(within(group as HTMLElement).queryByRole('button')).toBeNull();
});

it('does not retry what is not connected', async () => {
  await problems();
  const away = row('birthday-song.mp3') as HTMLElement;
  expect(within(away).getByTestId(ids.away).textContent).toBe('Not connected');
  expect(within(away).queryByTestId(ids.retry)).toBeNull();
  expect(part('birthday-song.mp3', ids.leaveOut)).toBeTruthy();
  const reveal = part('birthday-song.mp3', ids.problemReveal);
  expect([reveal.getAttribute('aria-disabled'), reveal.title]).toEqual(['true', within(away).getByTestId(ids.away).title]);
  await user.click(reveal);
  expect(engine.asked).toEqual([]);
  expect([part('birthday.mp4', ids.retry) !== null, within(row('birthday.mp4') as HTMLElement).queryByTestId(ids.away)]).toEqual([true, null]);
  await user.click(part('birthday.mp4', ids.problemReveal));
  await waitFor(() => expect(engine.asked).toEqual(['reveal 90007']));
});

it('keeps what is being typed among the rules', async () => {
  await problems();
  await user.click(await find(ids.excludesChange));
  const box = get(ids.excludesText) as HTMLTextAreaElement;
  await user.type(box, '\n*.log');
  await user.click(part('scan0002.pdf', ids.leaveOut));
  await waitFor(() => expect(box.value).toMatch(/\n\*\.log\n\/home\/ada\/Documents\/Work\/scan0002\.pdf$/));
  await user.click(get(ids.undo));
  await waitFor(() => expect(box.value).toMatch(/\n\*\.log$/));
});

it('keeps all that was asked for when one of it is done with', async () => {
  const { files, ...page } = await engine.failedFiles(0, 10);
  const [first] = files;
  const all = first ? Array.from({ length: 450 }, (_, i) => ({ ...first, file: i, name: `file-${i}.pdf` })) : [];
  vi.spyOn(engine, 'failedFiles').mockImplementation(async (offset, limit) => ({
    ...page,
    total: all.length,
    by_reason: [['encrypted', all.length]],
    files: all.slice(offset, offset + limit),
  }));
  vi.spyOn(engine, 'retryFailed').mockImplementation(async (file) => void all.splice(file ?? 0, 1));
  await problems();
  expect(rows()).toHaveLength(200);
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  await waitFor(() => expect(rows()).toHaveLength(400));
  await user.click(part('file-399.pdf', ids.retry));
  await waitFor(() => expect(row('file-399.pdf')).toBeUndefined());
  expect(rows()).toHaveLength(400);
});
