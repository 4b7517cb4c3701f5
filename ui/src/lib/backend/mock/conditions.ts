import { periods, span } from '../../pure/days';
import type { Chip, Hit, Kind } from '../types';

/** What conditions are about. */
type Asked = Pick<Hit, 'kind' | 'name' | 'folder' | 'date_ms'>;

/** What a query asks of files, as far as the mock understands it. */
export interface Conditions {
  /** The query without them. */
  words: string;
  chips: Chip[];
  fits: (file: Asked) => boolean;
}

const CONDITION = /(?<=^|\s)(-?)(kind|ext|in|before|after|date|size|place|camera):("[^"]+"|[^\s"]+)/g;
const KINDS: Record<string, Kind[]> = {
  word: ['docx', 'doc'],
  spreadsheet: ['xlsx', 'xls', 'ods'],
  presentation: ['pptx', 'ppt', 'odp'],
  web: ['html'],
  ebook: ['epub'],
};

/** A date as the engine answers it. */
function dateLabel(value: string): string | undefined {
  return periods(new Date()).find((period) => period.value === value)?.label ?? (span(value) ? value : undefined);
}

function holds(field: string, label: string, hit: Asked): boolean {
  if (field === 'kind') return (KINDS[label] ?? [label]).includes(hit.kind);
  if (field === 'ext') return hit.name.endsWith(`.${label}`);
  if (field === 'in') return hit.folder.toLowerCase().includes(label.toLowerCase());
  const days = span(label);
  if (!days) return true;
  const day = new Date(hit.date_ms).toISOString().slice(0, 10);
  if (field === 'before') return day < days.from;
  if (field === 'after') return day > days.to;
  return day >= days.from && (days.to === '' || day <= days.to);
}

export function conditionsIn(query: string): Conditions {
  const chips = [...query.matchAll(CONDITION)].flatMap(({ index, 0: text, 1: minus, 2: field = '', 3: typed = '' }): Chip[] => {
    const value = typed.replaceAll('"', '');
    const label = ['before', 'after', 'date'].includes(field) ? dateLabel(value) : value;
    return label === undefined ? [] : [{ start: index, end: index + text.length, field, label, negated: minus === '-', spoken: false }];
  });
  const words = chips.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), query).trim();
  const fits = (hit: Asked): boolean =>
    chips.every(({ field, label, negated }) => {
      if (negated) return !holds(field, label, hit);
      // What is asked of a field twice is an alternative.
      return chips.some((other) => other.field === field && !other.negated && holds(field, other.label, hit));
    });
  return { words, chips, fits };
}
