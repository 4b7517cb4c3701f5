import { expect, it } from 'vitest';
import { awayWords } from './away';

it.each([
  ['/media/ada/Photos2019', 'Photos2019'],
  ['/media/ada/Photos2019/', 'Photos2019'],
  ['E:\\Photos\\2019', '2019'],
  ['E:\\', 'E:'],
  ['/', '/'],
])('names the drive or folder of %s', (path, name) =>
  expect(awayWords(path)).toBe(`The drive or folder “${name}” is not connected. What Cairn knows of it can still be searched.`),
);
