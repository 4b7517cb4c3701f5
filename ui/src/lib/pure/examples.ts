import type { Example, FileId, PassageId } from '../backend';

/** A file, or a passage of it, that results should be like or unlike. The engine knows ids; the person knows names. */
export interface NamedExample {
  sign: 'like' | 'unlike';
  file: FileId;
  passage: PassageId | null;
  name: string;
}

const SIGNS = { like: 'Like', unlike: 'Unlike' } as const;

/** "Like: roof.pdf", "Unlike: a passage of roof.pdf". */
export const exampleWords = ({ sign, name, passage }: NamedExample): string =>
  `${SIGNS[sign]}: ${passage === null ? '' : 'a passage of '}${name}`;

export const sameExample = (a: Example, b: Example): boolean => a.file === b.file && a.passage === b.passage;

/** With one more example; what was an example before is one of the new kind now. */
export const withExample = (all: readonly NamedExample[], example: NamedExample): NamedExample[] => [
  ...all.filter((other) => !sameExample(other, example)),
  example,
];

/** As the engine wants those of one kind. */
export const examplesOf = (all: readonly NamedExample[], sign: NamedExample['sign']): Example[] =>
  all.filter((example) => example.sign === sign).map(({ file, passage }) => ({ file, passage }));
