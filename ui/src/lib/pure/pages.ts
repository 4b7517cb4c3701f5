import type { PreviewText } from '../backend';

/** The page that the passage of a text begins on; null where nothing of the text tells. */
export function pageOf(text: PreviewText | null): number | null {
  const first = text?.page_starts[0];
  if (!text || !first) return null;
  const at = text.passage?.[0] ?? 0;
  const begun = text.page_starts.findLast(([, start]) => start <= at);
  return begun ? begun[0] : Math.max(1, first[0] - 1);
}
