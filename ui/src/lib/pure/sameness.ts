import type { Sameness } from '../backend';

export interface Words {
  sameness: Sameness;
  /** For a filter. */
  short: string;
  title: string;
  what: string;
}

/** How much files can be the same, the most first. Only the first kind is identical. */
export const SAMENESS: readonly Words[] = [
  { sameness: 'exact', short: 'Same file', title: 'The same file', what: 'the same byte for byte' },
  {
    sameness: 'looks',
    short: 'Look the same',
    title: 'Photos that look the same',
    what: 'proposed by the photo model: other sizes, formats and edits of one picture. They are different files; look before you decide.',
  },
  {
    sameness: 'same',
    short: 'Say the same',
    title: 'Documents that say the same',
    what: 'the same text but for a word or a line. They are different files: pictures, layout or format may differ.',
  },
  {
    sameness: 'nearly_same',
    short: 'Nearly the same',
    title: 'Documents that say nearly the same',
    what: 'the same text but for a few sentences. Compare them before you decide.',
  },
  {
    sameness: 'revision',
    short: 'Versions',
    title: 'Another version',
    what: 'an earlier or later state of the same document. Compare them before you decide.',
  },
];
