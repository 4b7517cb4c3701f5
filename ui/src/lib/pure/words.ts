/** Numbers, sizes, times and dates in plain words. */

import type { JobView } from '../backend';

const numbers = new Intl.NumberFormat('en-GB');
const dates = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const times = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});
const moments = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
const months = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric', timeZone: 'UTC' });

export const count = (n: number): string => numbers.format(n);

/** "1 file", "4,812 files". */
export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`;

/** Decimal units, as file managers show them: "999 B", "2.4 MB". */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = n;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.5 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit]}`;
}

/** What is left of a job: "a few seconds left", "about 3 min left". Empty when it cannot be told. */
export function timeLeft(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds) || seconds < 0) return '';
  if (seconds < 10) return 'a few seconds left';
  if (seconds < 55) return `about ${Math.round(seconds / 10) * 10} s left`;
  const minutes = Math.max(1, Math.round(seconds / 60));
  if (minutes < 60) return `about ${minutes} min left`;
  const hours = Math.round(seconds / 3600);
  if (hours < 36) return `about ${Math.max(1, hours)} h left`;
  return `about ${Math.round(hours / 24)} days left`;
}

/** "38 files/s", "3.1 MB/s", "12 files/min". Empty at a standstill. */
export function rate(perSecond: number, unit: string): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return '';
  if (unit === 'bytes') return `${bytes(perSecond)}/s`;
  if (perSecond >= 9.95) return `${count(Math.round(perSecond))} ${unit}/s`;
  if (perSecond >= 0.95) return `${perSecond.toFixed(1).replace(/\.0$/, '')} ${unit}/s`;
  return `${Math.max(1, Math.round(perSecond * 60))} ${unit}/min`;
}

/** "4,812 of 7,740 files", "12 MB of 90 MB", "4,812 files" when the total is unknown. */
export function progress(done: number, total: number, unit: string): string {
  const show = unit === 'bytes' ? bytes : count;
  const what = unit === 'bytes' ? '' : ` ${unit}`;
  return total > 0 ? `${show(done)} of ${show(total)}${what}` : `${show(done)}${what}`;
}

/** What a job is doing instead of its work; empty while it works. */
export function standstill({ state, waits_for_power }: Pick<JobView, 'state' | 'waits_for_power'>): string {
  if (waits_for_power) return 'Waiting for the charger';
  return state === 'paused' ? 'Paused' : state === 'queued' ? 'Waiting for its turn' : '';
}

/** What became of the files of a job: "1,204 read", "96 the same as others". Nothing is said of what did not happen. */
export function fates({ kind, files, failed }: Pick<JobView, 'kind' | 'files' | 'failed'>): string[] {
  if (kind !== 'index') return failed > 0 ? [`${plural(failed, 'file')} could not be read`] : [];
  const counts: [number, string][] = [
    [files.read, 'read'],
    [files.merged, 'the same as others'],
    [files.unchanged, 'unchanged'],
    [failed, 'failed'],
  ];
  return counts.filter(([n]) => n > 0).map(([n, what]) => `${count(n)} ${what}`);
}

/** Whole percents, 100 only when everything is done; `null` when the total is unknown. */
export function percent(done: number, total: number): number | null {
  if (total <= 0) return null;
  return done >= total ? 100 : Math.min(99, Math.floor((100 * done) / total));
}

export function milliseconds(ms: number): string {
  if (ms < 1) return '< 1 ms';
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "17 Aug 2025", in the time zone of the person. */
export const day = (ms: number): string => dates.format(ms);

/** "17 Aug 2025, 14:02", in the time zone of the person. */
export const moment = (ms: number): string => moments.format(ms);

/** "17 Aug 2025, 14:02" by the camera's clock, which knows no time zone. */
export const cameraTime = (ms: number): string => times.format(ms);

/** "August 2025" by the camera's clock. */
export const month = (ms: number): string => months.format(ms);

/** "54.3213° N, 18.6466° E". */
export function place([north, east]: [number, number]): string {
  const part = (degrees: number, plus: string, minus: string) =>
    `${Math.abs(degrees).toFixed(4)}° ${degrees < 0 ? minus : plus}`;
  return `${part(north, 'N', 'S')}, ${part(east, 'E', 'W')}`;
}
