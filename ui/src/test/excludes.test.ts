import { waitFor } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, get, query, session } from './app';

const { engine, user, open } = session();

const box = () => get(ids.excludesText) as HTMLTextAreaElement;
const enabled = (id: string) => !(get(id) as HTMLButtonElement).disabled;

async function change() {
  open('library');
  await user.click(await find(ids.excludesChange));
}

async function preview(says: string | RegExp) {
  await user.click(get(ids.excludesPreview));
  await waitFor(() => expect(get(ids.excludesFound).textContent).toMatch(says));
}

it('is a short line until it is changed', async () => {
  await change();
  expect(document.activeElement).toBe(box());
  expect(box().value).toContain('node_modules/\ntarget/\n');
  expect(query(ids.excludesSummary)).toBeNull();
  expect(query(ids.excludesOwn)).toBeNull();
  await expectAccessible();
  await user.click(get(ids.excludesCancel));
  expect(get(ids.excludesSummary).textContent).toBe("12 rules, Cairn's own");
  expect(document.activeElement).toBe(get(ids.excludesChange));
  await expectAccessible();
});

it('leaves the keys of the window to the text', async () => {
  await change();
  await user.type(box(), '\n/drafts?');
  expect(box().value).toMatch(/\n\/drafts\?$/);
  expect(document.activeElement).toBe(box());
});

it('shows a line that is no rule with its reason, and applies nothing', async () => {
  const set = vi.spyOn(engine, 'setExcludes');
  await change();
  await user.type(box(), '\n[[z-a]');
  await user.click(get(ids.excludesPreview));
  expect((await find(ids.failure)).textContent).toContain('“[z-a]” is no rule');
  expect(enabled(ids.excludesApply)).toBe(false);
  expect(box().value).toMatch(/\[z-a\]$/);
  expect(set).not.toHaveBeenCalled();
  await expectAccessible();
  await user.type(box(), '{Backspace>5/}');
  await preview('Nothing in the library would be left out.');
  expect(query(ids.failure)).toBeNull();
});

it('keeps what was typed when it could not be applied', async () => {
  await change();
  await user.type(box(), '\n*.log');
  await preview('1,204 files');
  vi.spyOn(engine, 'setExcludes').mockRejectedValue({ code: 'io', message: 'The disk is full.' });
  await user.click(get(ids.excludesApply));
  expect((await find(ids.failure)).textContent).toContain('The disk is full.');
  expect(box().value).toMatch(/\*\.log$/);
  expect((await engine.settings()).excludes).toBeNull();
});

it('applies what was previewed, and nothing else', async () => {
  await change();
  expect(enabled(ids.excludesApply)).toBe(false);
  await user.type(box(), '\n*.log');
  await preview('This would take 1,204 files out of the library.');
  expect(get(ids.excludesFound).textContent).toContain('/home/ada/Documents');
  expect(get(ids.excludesFound).textContent).toMatch(/and 1,19\d more/);
  expect(enabled(ids.excludesApply)).toBe(true);
  await expectAccessible();
  await user.type(box(), '\nold/\n');
  expect(enabled(ids.excludesApply)).toBe(false);
  expect(get(ids.excludesFound).textContent?.trim()).toBe('');
  await preview('2,408 files');
  await user.click(get(ids.excludesApply));
  expect((await find(ids.excludesSummary)).textContent).toBe('14 rules, yours');
  expect((await engine.settings()).excludes?.slice(-3)).toEqual(['*~', '*.log', 'old/']);
  expect((await find(ids.job)).textContent).toContain('Looking for files');
  expect(document.activeElement).toBe(get(ids.excludesChange));
});

it("goes back to Cairn's own list, after asking", async () => {
  await engine.setExcludes(['*.log']);
  await change();
  await user.click(get(ids.excludesOwn));
  expect(get(ids.view('library')).textContent).toContain('Your files stay.');
  await expectAccessible();
  await user.click(document.activeElement as HTMLElement);
  expect(document.activeElement).toBe(get(ids.excludesOwn));
  await user.click(get(ids.excludesOwn));
  await user.click(get(ids.excludesOwnConfirm));
  expect((await find(ids.excludesSummary)).textContent).toBe("12 rules, Cairn's own");
  expect((await engine.settings()).excludes).toBeNull();
});
