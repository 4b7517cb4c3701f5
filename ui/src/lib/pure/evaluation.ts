/** What measurements of the starred searches say, in words. */

import type { Evaluation, EvaluationChange, EvaluationRow, Mode } from '../backend';
import { count, plural } from './words';

export const MODES: Record<Mode, string> = {
  hybrid: 'Words and meaning',
  vector: 'Meaning alone',
  keyword: 'Words alone',
};

/** What differs by chance alone more often than this is no difference. */
const CHANCE = 0.05;

export const score = (value: number): string => value.toFixed(3);

/** "+0.021", "−0.004", "±0". */
export function signed(value: number): string {
  const digits = score(Math.abs(value));
  if (Number(digits) === 0) return '±0';
  return `${value > 0 ? '+' : '−'}${digits}`;
}

/** "3rd"; searches look no further than the fiftieth. */
export function placeWords(place: number | null): string {
  if (place === null) return 'not in the first 50';
  const last = place % 100;
  const ending = last >= 11 && last <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${count(place)}${ending}`;
}

/** "nDCG@10 +0.021 over 7 searches: 3 better, 1 worse. That could be chance (p = 0.19)." */
export function changeWords({ queries, ndcg_10, better, worse, p }: EvaluationChange): string {
  const chance = p > CHANCE ? 'That could be chance' : 'That is hardly chance';
  const told = `nDCG@10 ${signed(ndcg_10)} over ${plural(queries, 'search', 'searches')}: ${count(better)} better, ${count(worse)} worse.`;
  return better + worse === 0 ? `${told} Nothing has changed.` : `${told} ${chance} (p = ${p < 0.005 ? '< 0.01' : p.toFixed(2)}).`.replace('= <', '<');
}

/** Of words and meaning together. */
export const hybridOf = ({ rows }: Evaluation): EvaluationRow | undefined => rows.find(({ mode }) => mode === 'hybrid');
