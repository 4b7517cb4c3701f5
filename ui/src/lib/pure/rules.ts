/** Rules of what is left out of the library, as text: one a line, in the form of a `.gitignore`. */

/** The lines, without the empty ones at the end. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1);
}

/** A system's own folder has a name that begins as a remark does; the engine knows it. */
const isRule = (line: string): boolean => line.trim() !== '' && (!line.startsWith('#') || line.startsWith('#recycle'));

/** How many of the lines are rules: neither empty nor a remark. */
export const rulesIn = (lines: readonly string[]): number => lines.filter(isRule).length;
