import { waitFor, within } from '@testing-library/svelte';
import { expect, it, vi } from 'vitest';
import { ids } from '../lib/testids';
import { expectAccessible, find, findAll, get, query, session } from './app';

const { engine, user, open } = session();

const model = async (id: string) => {
  const rows = await findAll(ids.model);
  return rows.find((row) => row.dataset['model'] === id) as HTMLElement;
};

it('lists models with what is missing and what helps', async () => {
  open('settings');
  expect((await model('all-minilm-l6-v2')).textContent).toContain('In use');
  expect((await model('clip-vit-large-patch14')).textContent).toContain('One of its files is cut off.');
  await expectAccessible();
});

it('gets a model as a job that shows bytes', async () => {
  open('settings');
  await user.click(within(await model('bge-small-en-v1.5')).getByTestId(ids.modelGet));
  const card = await find(ids.jobCard);
  await waitFor(() => expect(card.textContent).toMatch(/Getting BAAI\/bge-small-en-v1\.5.* of 133 MB/s));
  await engine.jobCancel(1);
});

const part = (row: HTMLElement, id: string) => within(row).getByTestId(id);

const more = async (id: string) => {
  const row = await model(id);
  if (part(row, ids.modelMore).getAttribute('aria-expanded') !== 'true') await user.click(part(row, ids.modelMore));
  return row;
};

it('imports a model from a folder, then uses it', async () => {
  open('settings');
  await user.click(part(await more('multilingual-e5-small'), ids.modelImport));
  await waitFor(async () => expect(part(await model('multilingual-e5-small'), ids.modelUse)).toBeTruthy());
  await user.click(part(await model('multilingual-e5-small'), ids.modelUse));
  await waitFor(async () => expect((await model('multilingual-e5-small')).textContent).toContain('In use'));
  expect((await model('all-minilm-l6-v2')).textContent).not.toContain('In use');
});

it('imports a model from a .zip', async () => {
  open('settings');
  await user.click(part(await more('snowflake-arctic-embed-m-v1.5'), ids.modelImportZip));
  await waitFor(async () => expect(part(await model('snowflake-arctic-embed-m-v1.5'), ids.modelUse)).toBeTruthy());
});

it('says what a model does not know', async () => {
  open('settings');
  expect(part(await model('all-minilm-l6-v2'), ids.modelWarning).textContent).toContain('German, which this model was not trained for');
  expect(within(await model('multilingual-e5-small')).queryByTestId(ids.modelWarning)).toBeNull();
});

it('verifies the files of a model', async () => {
  open('settings');
  await user.click(part(await more('cairn-photo-3'), ids.modelVerify));
  expect((await within(await model('cairn-photo-3')).findByTestId(ids.modelVerified)).textContent).toContain('Every file is whole.');
  await user.click(part(await more('clip-vit-base-patch32'), ids.modelVerify));
  expect((await within(await model('clip-vit-base-patch32')).findByTestId(ids.modelVerified)).textContent).toContain('its checksum differs');
  await expectAccessible();
});

it('says in the row why verifying failed', async () => {
  vi.spyOn(engine, 'modelVerify').mockRejectedValue({ code: 'io', message: 'The files cannot be read.' });
  open('settings');
  await user.click(part(await more('cairn-photo-3'), ids.modelVerify));
  expect((await within(await model('cairn-photo-3')).findByTestId(ids.failure)).textContent).toContain('The files cannot be read.');
});

it('measures how quick a model is', async () => {
  open('settings');
  expect(part(await model('all-minilm-l6-v2'), ids.modelSpeed).textContent).toBe('31 passages a second, a query in 8 ms on this machine');
  const row = await more('cairn-photo-3');
  expect(within(row).queryByTestId(ids.modelSpeed)).toBeNull();
  await user.click(part(row, ids.modelMeasure));
  await waitFor(() => expect(part(row, ids.modelMeasure).textContent).toBe('Measuring …'));
  expect((await within(row).findByTestId(ids.modelSpeed)).textContent).toBe('12 photos a second, a query in 8 ms on this machine');
  await waitFor(() => expect(part(row, ids.modelMeasure).textContent).toBe('Measure speed'));
});

it('removes a model only after it was asked, and not the one in use', async () => {
  open('settings');
  const row = await more('clip-vit-base-patch32');
  await user.click(part(row, ids.modelRemove));
  expect(row.textContent).toContain('Its files are removed; getting it again downloads them.');
  expect(document.activeElement?.textContent).toBe('Keep');
  await user.keyboard('{Enter}');
  expect(document.activeElement).toBe(part(row, ids.modelRemove));
  await user.keyboard('{Enter}');
  await user.click(part(row, ids.modelRemoveConfirm));
  await within(row).findByTestId(ids.modelGet);
  expect(within(await more('cairn-photo-3')).queryByTestId(ids.modelRemove)).toBeNull();
});

it('tells what computes, and computes fast when asked to', async () => {
  open('settings');
  expect((await find(ids.device)).textContent).toContain('Processor · 2 threads, AVX-512 with VNNI');
  expect((get(ids.computing('exact')) as HTMLInputElement).checked).toBe(true);
  await user.click(get(ids.computing('fast')));
  await waitFor(async () => expect((await engine.device()).computing).toBe('fast'));
  expect((get(ids.computing('fast')) as HTMLInputElement).checked).toBe(true);
});

it('keeps the choice when it could not be changed', async () => {
  vi.spyOn(engine, 'chooseComputing').mockRejectedValue({ code: 'io', message: 'The disk is full.' });
  open('settings');
  await user.click(await find(ids.computing('exact')));
  expect((await within(get(ids.device)).findByTestId(ids.failure)).textContent).toContain('The disk is full.');
  await waitFor(() => expect((get(ids.computing('fast')) as HTMLInputElement).checked).toBe(true));
});

it('says why it cannot compute fast', async () => {
  const device = await engine.device();
  const why = 'This processor has no AVX-512 VNNI: eight bits would not be faster.';
  vi.spyOn(engine, 'device').mockResolvedValue({ ...device, computing: 'exact', fast_unavailable: why });
  open('settings');
  expect((await find(ids.computingNote)).textContent).toBe(why);
  const fast = get(ids.computing('fast')) as HTMLInputElement;
  expect([fast.disabled, fast.getAttribute('aria-describedby')]).toEqual([true, get(ids.computingNote).id]);
  await expectAccessible();
});

const cells = (id: string) => [...(get(id).closest('tr')?.cells ?? [])].slice(0, -1).map((cell) => cell.textContent);

it('offers every form with its size before anything was measured', async () => {
  open('settings', 'dimensions');
  expect((await find(ids.dimsCurrent('text'))).textContent).toBe('In use: 384 dimensions, f16.');
  expect(query(ids.chart)).toBeNull();
  expect(query(ids.preset('text', 'balanced'))).toBeNull();
  expect(get(ids.forms).querySelectorAll('tbody tr')).toHaveLength(16);
  expect(cells(ids.form('text', 'd64', 'int8'))).toEqual(['64', 'int8', '10.3 MB', '10 MB']);
  await expectAccessible();
});

it('measures on the library as a job; then figures, chart and three plain choices appear', async () => {
  await engine.star('boiler', 1, true);
  open('settings', 'dimensions');
  await user.click(await find(ids.measure));
  const job = await waitFor(() => within(get(ids.view('settings'))).getByTestId(ids.job));
  expect(job.textContent).toContain('Measuring dimensions on your library');
  expect(query(ids.measure)).toBeNull();
  expect((await find(ids.measured)).textContent).toContain('Measured with 400 of your own passages and 1 starred search');
  expect(get(ids.preset('text', 'exact')).textContent).toMatch(/Exact.*in use.*384 · f16.*100 % of top tens kept.*No result changed in 401 queries/is);
  expect(get(ids.preset('text', 'balanced')).textContent).toMatch(/recommended.*99\.2 % of top tens kept.*9\.5 MB.*1 in 120 top-ten results would change/s);
  expect(cells(ids.form('text', 'd64', 'int8'))).toEqual(['64', 'int8', '55.5 %', '95.0 %', '0.6 ms', '0.9 ms', '10.3 MB', '10 MB']);
  await expectAccessible();
});

it('stops measuring when asked to', async () => {
  open('settings', 'dimensions');
  await user.click(await find(ids.measure));
  await user.click(await within(get(ids.view('settings'))).findByTestId(ids.jobCancel));
  await find(ids.measure);
});

it('draws one storage at a time and says in words what would be lost', async () => {
  open('settings', 'dimensions');
  expect((await find(ids.chartWords)).textContent).toBe(
    'At 384 dimensions as f16, no result changed in 401 queries; at 256, 1 in 1,000 would; at 128, 1 in 170 would; at 64, 1 in 20 would.',
  );
  expect(get(ids.chart).getAttribute('aria-hidden')).toBe('true');
  expect(get(ids.chart).textContent).toMatch(/in use.*after re-scoring.*index alone/s);
  await user.click(get(ids.chartStorage('int8')));
  expect(get(ids.chartStorage('int8')).getAttribute('aria-pressed')).toBe('true');
  expect(get(ids.chartWords).textContent).toContain('at 64, 1 in 20.');
  expect(get(ids.chart).textContent).not.toContain('in use');
});

it('applies a form in the background while the one before answers, and goes back', async () => {
  open('settings', 'dimensions');
  const apply = await find(ids.form('text', 'd64', 'int8'));
  expect(apply.getAttribute('aria-label')).toBe('Apply: 64 dimensions, int8');
  await user.click(apply);
  expect((await find(ids.dimsBuilding('text'))).textContent).toContain('64 dimensions, int8: being built in the background. Search goes on');
  expect(get(ids.dimsCurrent('text')).textContent).toBe('In use: 384 dimensions, f16.');
  expect(apply.textContent).toBe('Being built');
  await waitFor(() => expect(get(ids.dimsCurrent('text')).textContent).toBe('In use: 64 dimensions, int8.'));
  expect([apply.textContent, apply.getAttribute('aria-pressed'), document.activeElement]).toEqual(['In use', 'true', apply]);
  expect(query(ids.dimsBuilding('text'))).toBeNull();
  expect(get(ids.undoForm('text')).textContent).toBe('Back to 384 · f16');
  await user.click(get(ids.undoForm('text')));
  await waitFor(() => expect(get(ids.dimsCurrent('text')).textContent).toBe('In use: 384 dimensions, f16.'));
  expect(get(ids.undoForm('text')).textContent).toBe('Back to 64 · int8');
});

it('applies a plain choice, for photos by themselves', async () => {
  open('settings', 'dimensions');
  await user.click(await find(ids.space('photo')));
  expect(get(ids.measured).textContent).toContain('400 of your own photos');
  const smallest = get(ids.preset('photo', 'smallest'));
  await user.click(smallest);
  expect((await find(ids.dimsBuilding('photo'))).textContent).toContain('128 dimensions, binary');
  expect(smallest.textContent).toContain('being built');
  await waitFor(() => expect(get(ids.dimsCurrent('photo')).textContent).toBe('In use: 128 dimensions, binary.'));
  expect([smallest.getAttribute('aria-pressed'), get(ids.preset('photo', 'exact')).getAttribute('aria-pressed')]).toEqual(['true', 'false']);
  await user.click(get(ids.space('text')));
  expect(get(ids.dimsCurrent('text')).textContent).toBe('In use: 384 dimensions, f16.');
});

it('says when the library has outgrown the measurement, and how the model is shortened', async () => {
  const views = await engine.dimensions();
  vi.spyOn(engine, 'dimensions').mockResolvedValue(views.map((view) => ({ ...view, vectors: 2 * view.vectors, matryoshka: true })));
  open('settings', 'dimensions');
  expect((await find(ids.measured)).textContent).toMatch(/when there were 48,120\s+passages\. There are 96,240 now/);
  expect(get(ids.measure).textContent).toBe('Measure again');
  expect(get(ids.view('settings')).textContent).toContain('was made to be shortened');
});

it('has nothing to measure in an empty library', async () => {
  const views = await engine.dimensions();
  vi.spyOn(engine, 'dimensions').mockResolvedValue(views.map((view) => ({ ...view, vectors: 0, memory_bytes: 0, measured: null })));
  open('settings', 'dimensions');
  expect((await find(ids.dimsEmpty)).textContent).toContain('No vectors of passages yet');
  expect(query(ids.measure)).toBeNull();
  await expectAccessible();
});

it('changes the theme at once and keeps the other settings', async () => {
  const spy = vi.spyOn(engine, 'setSettings');
  open('settings', 'appearance');
  await user.click(await find(ids.theme('dark')));
  expect(document.documentElement.dataset['theme']).toBe('dark');
  await waitFor(() => expect(spy).toHaveBeenCalledWith(expect.objectContaining({ text_model: null, computing: 'fast', theme: 'dark' })));
  await user.click(get(ids.theme('light')));
  expect(document.documentElement.dataset['theme']).toBe('light');
});
