import { waitFor } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

async function askFor(question: string): Promise<void> {
  open('ask');
  await user.clear(await find(ids.askBox));
  await user.type(get(ids.askBox), `${question}{Enter}`);
}

it('answers in sentences of the files; a citation opens the file at the sentence', async () => {
  await askFor('When does my passport expire?');
  expect((await find(ids.askAnswer)).textContent).toContain('Your passport expires on 3 May 2029.');
  expect(get(ids.askLookedAt).textContent).toMatch(/^Looked at 212 of 48,120 passages/);
  await user.click((await findAll(ids.askCitation))[0] as HTMLElement);
  const text = await find(ids.previewText);
  expect([...text.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['Your passport expires on 3 May 2029.']);
  await expectAccessible();
});

it('says so when the files do not say it, and how much was looked at', async () => {
  await askFor('Who won the cup?');
  expect((await find(ids.askNone)).textContent).toContain('Not in your files');
  expect(get(ids.askLookedAt).textContent).toContain('48,120 passages');
  expect(query(ids.askAnswer)).toBeNull();
  await expectAccessible();
});

it('can be cancelled', async () => {
  const cancelled = vi.spyOn(engine, 'askCancel');
  vi.spyOn(engine, 'ask').mockReturnValue(new Promise(() => undefined));
  await askFor('When does it end?');
  await user.click(await find(ids.askCancel));
  await find(ids.askSubmit);
  expect(cancelled).toHaveBeenCalledTimes(1);
  await waitFor(() => expect(query(ids.askAnswer)).toBeNull());
});
