/** Days as conditions hold them: "2019", "2019-06", "2019-06-03", "2019-06-01..2019-08-31", "2019-06-01..". */

const DATE = /^\d{4}(-\d{2}){0,2}$/;

/** How many minutes the person's clock is ahead of UTC. */
export const offsetMinutes = (): number => -new Date().getTimezoneOffset();

const iso = (year: number, month: number, day: number): string => new Date(Date.UTC(year, month, day)).toISOString().slice(0, 10);

const firstDay = (date: string): string => `${date}-01-01`.slice(0, 10);

function lastDay(date: string): string {
  if (date.length === 4) return `${date}-12-31`;
  const [year = 0, month = 0] = date.split('-').map(Number);
  return date.length === 7 ? iso(year, month, 0) : date;
}

export interface Span {
  /** The first day, empty where it is open. */
  from: string;
  /** The last day, empty where it is open. */
  to: string;
}

/** The first and the last day of a label; `null` where it is none. */
export function span(label: string): Span | null {
  const [first = '', last = first, ...more] = label.split('..');
  if (more.length > 0 || first + last === '' || ![first, last].every((date) => date === '' || DATE.test(date))) return null;
  return { from: first && firstDay(first), to: last && lastDay(last) };
}

/** The other way round; empty where both sides are open. */
export function label({ from, to }: Span): string {
  if (from === to) return from;
  return `${from}..${to}`;
}

export interface Period {
  name: string;
  /** As it is typed. */
  value: string;
  /** As the engine answers it. */
  label: string;
}

/** Stretches of days around today. Weeks begin on Monday, as they do for the engine. */
export function periods(today: Date): Period[] {
  const [year, month, day] = [today.getFullYear(), today.getMonth(), today.getDate()];
  const monday = day - ((today.getDay() + 6) % 7);
  return [
    { name: 'Today', value: 'today', label: iso(year, month, day) },
    { name: 'This week', value: 'this week', label: `${iso(year, month, monday)}..${iso(year, month, monday + 6)}` },
    { name: 'This month', value: 'this month', label: iso(year, month, 1).slice(0, 7) },
    { name: 'This year', value: 'this year', label: `${year}` },
    { name: 'Last year', value: 'last year', label: `${year - 1}` },
  ];
}

/** "2019", "June 2019", "3 Jun 2019", "1 Jun – 31 Aug 2019", "from 1 Jun 2019" as the person's locale writes them. */
export function readable(label: string, locale?: string): string {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
  const days = format({ day: 'numeric', month: 'short', year: 'numeric' });
  const one = (date: string): string => {
    const at = new Date(date);
    if (!DATE.test(date) || Number.isNaN(at.getTime())) return date;
    return (date.length === 4 ? format({ year: 'numeric' }) : date.length === 7 ? format({ month: 'long', year: 'numeric' }) : days).format(at);
  };
  const known = span(label);
  if (!known || !label.includes('..')) return one(label);
  if (known.to === '') return `from ${one(known.from)}`;
  if (known.from === '') return `until ${one(known.to)}`;
  return days.formatRange(new Date(known.from), new Date(known.to)).replaceAll('\u2009', ' ');
}
