import { waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it, vi } from 'vitest';
import { nav } from '../lib/state/nav.svelte';
import { search } from '../lib/state/search.svelte';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

beforeEach(async () => {
  vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['en-GB', 'de']);
  search.clear();
  await engine.setOcr(null);
});

const box = (code: string) => get(ids.ocrLanguage(code)) as HTMLInputElement;
const ticked = () => ['eng', 'deu', 'fra'].filter((code) => box(code).checked);
const isOn = () => get(ids.ocrSwitch).getAttribute('aria-checked') === 'true';
const chosen = async () => (await engine.ocr()).chosen;

async function settings(on = false) {
  if (on) await engine.setOcr(['eng', 'deu']);
  open('settings', 'ocr');
  await find(ids.ocrSwitch);
}

it('is off at first, with the languages of the person', async () => {
  await settings();
  expect([get(ids.ocrSwitch).getAttribute('role'), get(ids.ocrSwitch).textContent?.trim(), isOn()]).toEqual(['switch', 'Read text in photos', false]);
  expect([box('eng'), box('deu'), box('fra')].map((input) => input.labels?.[0]?.textContent?.trim())).toEqual(['English', 'German', 'French']);
  expect(ticked()).toEqual(['eng', 'deu']);
  expect([query(ids.ocrState), query(ids.ocrApply)]).toEqual([null, null]);
  await expectAccessible();
});

it('reads photos from when it is switched on, and tells how far it is', async () => {
  await settings();
  get(ids.ocrSwitch).focus();
  await user.keyboard(' ');
  await waitFor(() => expect(isOn()).toBe(true));
  expect(await chosen()).toEqual(['eng', 'deu']);
  expect(get(ids.ocrState).textContent).toMatch(/found.* photos are still to be looked through\./);
  expect((await find(ids.jobCard)).textContent).toContain('Updating the library');
  expect(document.activeElement).toBe(get(ids.ocrSwitch));
  await expectAccessible();
  await waitFor(() => expect(get(ids.ocrState).textContent).toBe('Text was found in 1,204 photos. Every photo has been looked through.'));
});

it('keeps what was found, and what was ticked, when it is switched off', async () => {
  const view = { ...(await engine.ocr()), photos_with_text: 1204, photos_waiting: 310 };
  vi.spyOn(engine, 'ocr').mockImplementation(async () => ({ ...view, chosen: (await engine.settings()).ocr }));
  await settings(true);
  expect(get(ids.ocrState).textContent).toBe('Text was found in 1,204 photos; 310 photos are still to be looked through.');
  await user.click(box('fra'));
  await user.click(get(ids.ocrSwitch));
  await waitFor(() => expect(isOn()).toBe(false));
  expect((await engine.settings()).ocr).toBeNull();
  expect(get(ids.ocrState).textContent).toBe('Text that was found in 1,204 photos can still be searched.');
  expect([ticked(), query(ids.ocrApply)]).toEqual([['eng', 'deu', 'fra'], null]);
});

it('reads everything again in other languages, once that is asked for', async () => {
  await settings(true);
  expect(query(ids.ocrApply)).toBeNull();
  await user.click(box('fra'));
  expect(await chosen()).toEqual(['eng', 'deu']);
  expect(get(ids.ocrApply).parentElement?.textContent).toContain('Every photo is read again in these languages.');
  await expectAccessible();
  await user.click(box('fra'));
  expect(query(ids.ocrApply)).toBeNull();
  await user.click(box('fra'));
  engine.emit('library-changed', { generation: 900 });
  await user.click(box('eng'));
  await user.click(get(ids.ocrApply));
  await waitFor(() => expect(query(ids.ocrApply)).toBeNull());
  expect(await chosen()).toEqual(['deu', 'fra']);
  expect([ticked(), document.activeElement]).toEqual([['deu', 'fra'], get(ids.ocrSwitch)]);
});

it('keeps one language, and says why', async () => {
  await settings(true);
  expect(query(ids.ocrOneLanguage)).toBeNull();
  await user.click(box('deu'));
  expect(get(ids.ocrOneLanguage).textContent).toContain('One language must stay ticked');
  expect([box('eng').getAttribute('aria-disabled'), box('eng').getAttribute('aria-describedby')]).toEqual(['true', get(ids.ocrOneLanguage).id]);
  await expectAccessible();
  await user.click(box('eng'));
  expect(ticked()).toEqual(['eng']);
  box('eng').focus();
  await user.keyboard(' ');
  expect(ticked()).toEqual(['eng']);
  await user.click(box('fra'));
  expect([ticked(), query(ids.ocrOneLanguage)]).toEqual([['eng', 'fra'], null]);
});

it('says where more languages come from', async () => {
  const view = await engine.ocr();
  vi.spyOn(engine, 'ocr').mockResolvedValue({ ...view, languages: ['eng'] });
  await settings();
  expect(get(ids.ocrOneLanguage).textContent).toContain('More come with its language packages');
});

it('lets go of a language that cannot be read any more', async () => {
  await engine.setOcr(['eng', 'rus']);
  open('settings', 'ocr');
  await find(ids.ocrApply);
  expect(ticked()).toEqual(['eng']);
});

it('says how to install Tesseract, and looks for it again', async () => {
  const there = await engine.ocr();
  const spy = vi.spyOn(engine, 'ocr').mockResolvedValue({ ...there, version: null, languages: [] });
  open('settings', 'ocr');
  const missing = await find(ids.ocrMissing);
  expect(query(ids.ocrSwitch)).toBeNull();
  expect(missing.textContent).toMatch(/apt install tesseract-ocr.*Fedora.*brew install tesseract.*UB Mannheim/s);
  await expectAccessible();
  await user.click(get(ids.ocrLookAgain));
  await waitFor(() => expect(get(ids.live).textContent).toBe('Tesseract was not found.'));
  expect(document.activeElement).toBe(get(ids.ocrLookAgain));
  spy.mockResolvedValue(there);
  await user.click(get(ids.ocrLookAgain));
  await waitFor(() => expect(document.activeElement).toBe(get(ids.ocrSwitch)));
  expect(query(ids.ocrMissing)).toBeNull();
});

it('stays as it is when it could not be changed, and says what helps', async () => {
  await settings();
  vi.spyOn(engine, 'setOcr').mockRejectedValue({ code: 'user', message: 'Tesseract was not found on this computer. Install it.' });
  await user.click(get(ids.ocrSwitch));
  expect((await find(ids.failure)).textContent).toContain('Tesseract was not found on this computer. Install it.');
  expect([isOn(), ticked()]).toEqual([false, ['eng', 'deu']]);
  await expectAccessible();
});

it('keeps what was ticked when it could not be applied', async () => {
  await settings(true);
  await user.click(box('fra'));
  vi.spyOn(engine, 'setOcr').mockRejectedValue({ code: 'io', message: 'The disk is full.' });
  await user.click(get(ids.ocrApply));
  expect((await find(ids.failure)).textContent).toContain('The disk is full.');
  expect(ticked()).toEqual(['eng', 'deu', 'fra']);
  await user.click(box('fra'));
  expect([ticked(), query(ids.ocrApply)]).toEqual([['eng', 'deu'], null]);
});

async function searchFor(text: string) {
  open('search');
  await user.type(await find(ids.searchBox), text);
}

it('finds a photo by the words in it, and shows them with the photo', async () => {
  await engine.setOcr(['eng', 'deu']);
  await searchFor('cappuccino');
  const tile = await find(ids.hitPhoto);
  expect(get(ids.hitText).textContent).toMatch(/^… cappuccino/);
  expect(get(ids.hitText).querySelector('mark')?.textContent).toBe('cappuccino');
  expect(tile.getAttribute('aria-label')).toMatch(/^IMG_9870\.jpg, text: … cappuccino/);
  await user.click(tile);
  const text = await find(ids.previewText);
  expect(get(ids.previewPhoto).querySelector('img')?.alt).toBe('IMG_9870.jpg');
  expect([...text.querySelectorAll('mark')].map((mark) => mark.textContent)).toEqual(['cappuccino']);
  expect(text.textContent).toContain('Total  EUR             14.30');
  expect(text.closest('[role=region]')?.getAttribute('aria-label')).toBe('Text in this photo');
  expect(get(ids.previewRecognised).textContent).toBe('Read by text recognition (English, German)');
  await expectAccessible();
});

it('says nothing of text where a photo has none', async () => {
  await engine.setOcr(['eng']);
  await searchFor('sunset');
  await user.click((await findAll(ids.hitPhoto))[0] as HTMLElement);
  await find(ids.previewPhoto);
  expect([query(ids.hitText), query(ids.previewText), query(ids.previewRecognised)]).toEqual([null, null, null]);
});

it('says above the text of a scanned document that it was recognised, and of no other', async () => {
  await searchFor('notice period of the lease');
  expect((await find(ids.previewRecognised)).textContent).toBe('Read by text recognition (English)');
  expect(get(ids.previewText).closest('[role=region]')?.getAttribute('aria-label')).toBe('Text');
  await expectAccessible();
  nav.go('search');
  await user.clear(get(ids.searchBox));
  await user.type(get(ids.searchBox), 'boiler pressure');
  await waitFor(() => expect(get(ids.previewText).textContent).toContain('The pressure of the heating system'));
  expect(query(ids.previewRecognised)).toBeNull();
});

it('shows words in a photo as text', async () => {
  await engine.setOcr(['eng']);
  const real = engine.preview;
  vi.spyOn(engine, 'preview').mockImplementation(async (request) => {
    const preview = await real(request);
    return { ...preview, text: preview.text && { ...preview.text, text: '<img src=x onerror=alert(1)>', marks: [[1, 4]] } };
  });
  await searchFor('boarding pass');
  await user.click(await find(ids.hitPhoto));
  expect((await find(ids.previewText)).textContent).toContain('<img src=x onerror=alert(1)>');
  expect(get(ids.previewText).querySelector('img')).toBeNull();
});
