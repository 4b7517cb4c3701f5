/** What a key means to the whole window. Keys inside a view belong to the view. */

export const VIEWS = ['search', 'photos', 'map', 'ask', 'duplicates', 'library', 'settings'] as const;
export type View = (typeof VIEWS)[number];

export type Command = { go: View } | 'focus-box' | 'help' | 'back' | 'undo';

export interface Key {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** A letter by itself, which types nothing where it was pressed. */
export function isPlainKey(event: Key & { target: EventTarget | null; isComposing: boolean }, key: string): boolean {
  const held = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing;
  return !held && event.key === key && !isField(event.target);
}

/** Where keys write text, or choose among options by their first letter. */
export const isField = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && !['checkbox', 'radio', 'range'].includes(target.type));

/** By its place only where the keyboard writes other letters than these: some have a Y there. */
const isZ = ({ key, code }: Key): boolean => key === 'z' || (code === 'KeyZ' && !/^[a-z]$/.test(key));

/** `typing`: the key goes into a text field. */
export function command(event: Key, typing: boolean): Command | null {
  const held = event.ctrlKey || event.metaKey;
  if (event.key === 'Escape') return 'back';
  if (held && !event.altKey && (event.key === 'k' || event.code === 'KeyK')) return 'focus-box';
  // Alt types characters on many keyboards; so does AltGr, which Windows tells as Ctrl and Alt.
  if (typing && (!held || event.altKey)) return null;
  if (!held && !event.altKey) {
    if (event.key === '/') return 'focus-box';
    if (event.key === '?') return 'help';
  }
  if (held && !typing && !event.altKey && !event.shiftKey && isZ(event)) return 'undo';
  if (event.key === ',') return { go: 'settings' };
  // The physical key as well: on some keyboards the digits need Shift.
  const digit = /^[1-6]$/.exec(event.key)?.[0] ?? /^Digit([1-6])$/.exec(event.code)?.[1];
  if (digit !== undefined) return { go: VIEWS[Number(digit) - 1] as View };
  return null;
}
