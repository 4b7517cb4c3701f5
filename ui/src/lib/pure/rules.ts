/** Rules of what is left out of the library, as text: one a line, in the form of a `.gitignore`. */

/** The lines, without the empty ones at the end. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  return lines.slice(0, lines.findLastIndex((line) => line.trim() !== '') + 1);
}

/** A text that was made of lines and changed since, with what has changed in the lines meanwhile. */
export function rebase(text: string, before: readonly string[], now: readonly string[]): string {
  if (text === before.join('\n')) return now.join('\n');
  const typed = linesOf(text);
  const gone = before.filter((line) => !now.includes(line));
  const come = now.filter((line) => !before.includes(line) && !typed.includes(line));
  return gone.length + come.length === 0 ? text : [...typed.filter((line) => !gone.includes(line)), ...come].join('\n');
}

/** A system's own folder has a name that begins as a remark does; the engine knows it. */
const isRule = (line: string): boolean => line.trim() !== '' && (!line.startsWith('#') || line.startsWith('#recycle'));

/** How many of the lines are rules: neither empty nor a remark. */
export const rulesIn = (lines: readonly string[]): number => lines.filter(isRule).length;
