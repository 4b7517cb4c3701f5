import { expect, it } from 'vitest';
import { suggestKeeper, type Candidate } from './keeper';

const file = (more: Partial<Candidate>): Candidate => ({ family: 'document', name: 'roof.pdf', folder: 'Documents', date_ms: 5, size: 100, ...more });
const photo = (more: Partial<Candidate>) => file({ family: 'photo', name: 'a.jpg', folder: 'Pictures', ...more });

it('keeps what is not in a passing folder', () => {
  expect(suggestKeeper([file({ folder: 'Home / Downloads' }), file({}), file({ folder: 'Pictures / copies to sort' })], 'exact')).toEqual({
    place: 1,
    reasons: ['not in a folder for downloads, copies or the desktop'],
  });
});

it.each(['Downloads', 'Desktop / x', 'tmp', 'Documents / temp / 2', 'Pictures / Copy'])('knows %s as passing', (folder) => {
  expect(suggestKeeper([file({ folder }), file({})], 'exact')?.place).toBe(1);
});

it('does not take a word for another', () => {
  expect(suggestKeeper([file({ folder: 'Templates' }), file({ folder: 'Copyright' })], 'exact')).toBeNull();
});

it.each(['roof (1).pdf', 'roof copy.pdf', 'Copy of roof.pdf'])('does not keep %s', (name) => {
  const kept = suggestKeeper([file({ name }), file({})], 'exact');
  expect([kept?.place, kept?.reasons]).toEqual([1, ['its name is not that of a copy', 'the shorter name']]);
});

it('keeps the larger picture, by its pixels where they are known', () => {
  expect(suggestKeeper([photo({ size: 100 }), photo({ size: 300 })], 'looks')).toEqual({ place: 1, reasons: ['the larger file'] });
  expect(suggestKeeper([photo({ size: 100, pixels: 12e6 }), photo({ size: 300, pixels: 2e6 })], 'looks')).toEqual({
    place: 0,
    reasons: ['the larger picture'],
  });
  expect(suggestKeeper([photo({ size: 100 }), photo({ size: 105 })], 'looks')).toBeNull();
});

it('keeps the newest version, even where it lies', () => {
  const kept = suggestKeeper([file({ date_ms: 1 }), file({ date_ms: 9, folder: 'Downloads' })], 'revision');
  expect(kept).toEqual({ place: 1, reasons: ['the newest'] });
});

it('does not call a file newer whose bytes are the same', () => {
  expect(suggestKeeper([file({ date_ms: 1 }), file({ date_ms: 9 })], 'exact')).toBeNull();
});
