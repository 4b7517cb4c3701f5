import { expect, it } from 'vitest';
import { readSoFar } from './reading';

const said = (on: boolean, photos_with_text: number, photos_waiting: number) =>
  readSoFar({ version: '5.3.0', languages: ['eng'], chosen: on ? ['eng'] : null, photos_with_text, photos_waiting });

it('says how far reading is', () => {
  expect(said(true, 0, 4209)).toBe('No text was found yet; 4,209 photos are still to be looked through.');
  expect(said(true, 1204, 1)).toBe('Text was found in 1,204 photos; 1 photo is still to be looked through.');
  expect(said(true, 1, 0)).toBe('Text was found in 1 photo. Every photo has been looked through.');
  expect(said(true, 0, 0)).toBe('No text was found in photos.');
});

it('says what is left of it once it is off', () => {
  expect([said(false, 0, 4209), said(false, 12, 4197)]).toEqual(['', 'Text that was found in 12 photos can still be searched.']);
});
