import type { Chip } from '../backend';
import { readable } from './days';

/** The parts of a query that were understood as conditions: their words, and how they come and go. */

const NAMES: Record<string, string> = {
  kind: 'kind',
  ext: 'extension',
  in: 'in',
  name: 'name',
  size: 'size',
  camera: 'camera',
  place: 'place',
  lang: 'language',
  similar: 'similar to',
};

/** "Kind: pdf", "Not in: archive", "June 2019", "Before 2019". */
export function chipWords({ field, label, negated }: Chip, locale?: string): string {
  const name = NAMES[field];
  const words = `${negated ? 'not ' : ''}${name ? `${name}: ${label}` : dates(field, label, locale)}`;
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Of several days, "before" means the first and "after" the last. */
function dates(field: string, label: string, locale?: string): string {
  const meant = (date: string): string => {
    const [first = '', last = first] = date.split('..');
    return field === 'before' ? first : field === 'after' ? last : date;
  };
  const words = label.split(', ').map((date) => readable(meant(date), locale));
  return `${field === 'date' ? '' : `${field} `}${words.join(', ')}`;
}

/** `in:holidays`, `in:"old files"`, `place:Rome,"New York"`: what is typed for values with commas between them. */
export function condition(field: string, values: string): string {
  const all = values
    .replace(/["“”„＂«»]/g, '')
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
  return all.length === 0 ? '' : `${field}:${all.map((value) => (/\s/.test(value) ? `"${value}"` : value)).join(',')}`;
}

/** Chips that ask for a field. */
export const chipsOf = (chips: readonly Chip[], field: string): Chip[] => chips.filter((chip) => !chip.negated && chip.field === field);

/** The chip that asks for a value, alone or among others. */
export function chipFor(chips: readonly Chip[], field: string, value: string): Chip | undefined {
  const wanted = value.toLowerCase();
  return chipsOf(chips, field).find(({ label }) => label.toLowerCase().split(', ').includes(wanted));
}

/** The query without some of its conditions. */
export function without(query: string, chips: readonly Chip[]): string {
  const fromTheEnd = [...chips].sort((a, b) => b.start - a.start);
  return fromTheEnd
    .reduce((rest, { start, end }) => {
      const before = rest.slice(0, start);
      return before + (/(^|\s)$/.test(before) ? rest.slice(end).trimStart() : rest.slice(end));
    }, query)
    .trim();
}

/** The query with one more condition. */
export const withCondition = (query: string, text: string): string => `${query} ${text}`.trim();
