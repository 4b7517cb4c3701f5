import { screen, waitFor } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import type { Chip } from '../lib/backend';
import { search } from '../lib/state/search.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

const box = () => get(ids.searchBox) as HTMLInputElement;
const chips = () => screen.queryAllByTestId(ids.queryChip).map((chip) => chip.textContent?.trim());
const pressed = (text: string) => get(ids.filterChoice(text)).getAttribute('aria-pressed') === 'true';

async function ask(text: string): Promise<void> {
  search.clear();
  open('search');
  await user.type(await find(ids.searchBox), text);
}

async function shows(...words: string[]): Promise<void> {
  await waitFor(() => expect(chips()).toEqual(words));
}

/** An answer that finds nothing and understands this. */
function understands(...understood: Partial<Chip>[]): void {
  const all = understood.map((chip) => ({ start: 0, end: 1, field: 'date', label: '', negated: false, spoken: false, ...chip }));
  const answer = { hits: [], documents: 0, photos: 0, weak_hidden: 0, took_ms: 1, notes: [], plans: [], chips: all, unread: [] };
  vi.spyOn(engine, 'search').mockResolvedValueOnce(answer);
}

it('shows what the query asks of files, and takes one of it back', async () => {
  await ask('dogs kind:pdf playing -in:archive');
  await shows('Kind: pdf', 'Not in: archive');
  expect(get(ids.searchCount).textContent).toMatch(/^1 result /);
  await expectAccessible();
  await user.click(screen.getByRole('button', { name: 'Kind: pdf: remove' }));
  await shows('Not in: archive');
  expect(box().value).toBe('dogs playing -in:archive');
  expect(document.activeElement).toBe(box());
});

it('is taken back by keys', async () => {
  await ask('kind:pdf dogs');
  await shows('Kind: pdf');
  get(ids.queryChip).focus();
  await user.keyboard('{Enter}');
  await shows();
  expect(box().value).toBe('dogs');
  expect(document.activeElement).toBe(box());
});

it('is left alone once the query is another', async () => {
  await ask('dogs kind:pdf');
  await shows('Kind: pdf');
  const [chip] = search.chips;
  search.query = 'cats and dogs kind:pdf';
  if (chip) search.dropChip(chip);
  expect(search.query).toBe('cats and dogs kind:pdf');
});

it('tells the engine where days begin', async () => {
  const spy = vi.spyOn(engine, 'search');
  await ask('boiler after:2001');
  await shows('After 2001');
  expect(spy.mock.lastCall?.[0].offset_minutes).toBe(-new Date().getTimezoneOffset());
});

it('lists what meets conditions alone, newest first, and does not say how likely', async () => {
  await ask('kind:pdf');
  await findAll(ids.hit);
  expect(query(ids.hitLikelihood)).toBeNull();
  const dates = search.hits.map(({ date_ms }) => date_ms);
  expect(dates).toEqual([...dates].sort((a, b) => b - a));
});

it('writes dates as people do', async () => {
  understands(
    { start: 0, label: '2019' },
    { start: 1, label: '2019-06' },
    { start: 2, label: '2019-06-03', negated: true },
    { start: 3, label: '2018-12-01..2019-02-28' },
    { start: 4, label: '2019', field: 'before', spoken: true },
  );
  await ask('x');
  const day = (date: string) =>
    new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(new Date(date));
  await waitFor(() => expect(chips()).toHaveLength(5));
  expect(chips()[0]).toBe('2019');
  expect(chips()[2]).toBe(`Not ${day('2019-06-03')}`);
  expect(chips()[3]).toMatch(/2018.*–.*2019/);
  expect(chips()[4]).toBe('Before 2019');
  await expectAccessible();
});

it('shows what was typed as text', async () => {
  understands({ field: 'in', label: '<img src=x onerror=alert(1)>' });
  await ask('y');
  await shows('In: <img src=x onerror=alert(1)>');
  expect(get(ids.queryChip).querySelector('img')).toBeNull();
});

it('offers to look without a condition where nothing was found', async () => {
  await ask('dogs kind:ebook');
  expect((await find(ids.searchNone)).textContent).toContain('Take a condition back');
  expect(get(ids.lookWithout).textContent).toBe('Look without: Kind: ebook');
  await expectAccessible();
  await user.click(get(ids.lookWithout));
  await findAll(ids.hit);
  expect(box().value).toBe('dogs');
  expect(document.activeElement).toBe(box());
});

it('is edited by a panel that is reached and left by keys', async () => {
  await ask('dogs');
  await findAll(ids.hit);
  get(ids.filter).focus();
  await user.keyboard('{Enter}');
  expect(get(ids.filter).getAttribute('aria-expanded')).toBe('true');
  expect(get(ids.filterPanel).textContent).toContain('You can also type these: kind:pdf, before:2019, in:holidays, -ext:txt');
  await expectAccessible();
  await user.tab();
  expect(document.activeElement).toBe(get(ids.filterChoice('kind:pdf')));
  await user.keyboard('{Enter}');
  await shows('Kind: pdf');
  expect(box().value).toBe('dogs kind:pdf');
  expect(document.activeElement).toBe(get(ids.filterChoice('kind:pdf')));
  await user.keyboard('{Escape}');
  expect(query(ids.filterPanel)).toBeNull();
  expect(document.activeElement).toBe(get(ids.filter));
  expect(box().value).toBe('dogs kind:pdf');
});

it('adds kinds to each other, and takes each back', async () => {
  await ask('dogs kind:pdf');
  await shows('Kind: pdf');
  await user.click(get(ids.filter));
  expect(pressed('kind:pdf')).toBe(true);
  await user.click(get(ids.filterChoice('kind:markdown')));
  await shows('Kind: pdf', 'Kind: markdown');
  expect(box().value).toBe('dogs kind:pdf kind:markdown');
  await user.click(get(ids.filterChoice('kind:pdf')));
  await shows('Kind: markdown');
  expect(pressed('kind:pdf')).toBe(false);
  expect(box().value).toBe('dogs kind:markdown');
});

it('understands two quick choices as two', async () => {
  await ask('dogs');
  await findAll(ids.hit);
  await Promise.all([search.toggleCondition('kind:pdf'), search.toggleCondition('kind:markdown')]);
  await shows('Kind: pdf', 'Kind: markdown');
  await search.toggleCondition('kind:jpeg');
  await search.toggleCondition('kind:jpeg');
  await shows('Kind: pdf', 'Kind: markdown');
});

it('begins with a condition as well, and has one date and one size', async () => {
  await ask('x');
  await user.clear(box());
  await user.click(await find(ids.filter));
  await user.click(get(ids.filterChoice('date:"this year"')));
  await shows(String(new Date().getFullYear()));
  expect(box().value).toBe('date:"this year"');
  expect(pressed('date:"this year"')).toBe(true);
  await user.click(get(ids.filterChoice('date:"last year"')));
  await waitFor(() => expect(box().value).toBe('date:"last year"'));
  await user.click(get(ids.filterChoice('size:>1mb')));
  await user.click(get(ids.filterChoice('size:>10mb')));
  await waitFor(() => expect(box().value).toBe('date:"last year" size:>10mb'));
  await waitFor(() => expect(pressed('size:>10mb')).toBe(true));
  await user.click(get(ids.filterChoice('size:>10mb')));
  await waitFor(() => expect(box().value).toBe('date:"last year"'));
  await user.click(get(ids.filterChoice('date:"last year"')));
  await waitFor(() => expect(box().value).toBe(''));
  expect(document.activeElement).toBe(get(ids.filterChoice('date:"last year"')));
});

it('takes two days as a date', async () => {
  await ask('dogs date:2025-06');
  await user.click(get(ids.filter));
  await waitFor(() => expect(get(ids.filterTo)).toHaveProperty('value', '2025-06-30'));
  expect(get(ids.filterFrom)).toHaveProperty('value', '2025-06-01');
  await user.clear(get(ids.filterTo));
  await user.tab();
  await waitFor(() => expect(box().value).toBe('dogs date:2025-06-01..'));
  await user.clear(get(ids.filterFrom));
  await user.tab();
  await waitFor(() => expect(box().value).toBe('dogs'));
});

it('takes folders, places and cameras as they are called', async () => {
  await ask('dogs');
  await findAll(ids.hit);
  await user.click(get(ids.filter));
  await user.type(get(ids.filterText('in')), 'Family / 2025');
  await user.tab();
  await waitFor(() => expect(box().value).toBe('dogs in:"Family / 2025"'));
  await shows('In: Family / 2025');
  await user.clear(get(ids.filterText('in')));
  await user.tab();
  await shows();
  expect(box().value).toBe('dogs');
});
