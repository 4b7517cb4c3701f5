/** The last name of a path: "Photos2019". */
export const lastName = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path;

/** Why a file cannot be opened now: the folder of the library it lies in, `path`, cannot be reached. */
export const awayWords = (path: string): string =>
  `The drive or folder “${lastName(path)}” is not connected. What Cairn knows of it can still be searched.`;
