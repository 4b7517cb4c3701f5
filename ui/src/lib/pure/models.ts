import type { ModelSpeed, ModelView } from '../backend';
import { bytes, count, milliseconds } from './words';

/** What a person wants to know of a model before getting it: "384 dimensions · English · MIT · 133 MB". */
export function factsOf(model: ModelView): string {
  const dims = `${count(model.dims)} dimensions${model.matryoshka ? ', made to be shortened' : ''}`;
  // Number and unit stay on one line.
  const size = model.bytes > 0 ? bytes(model.bytes).replace(' ', '\u00a0') : '';
  return [dims, model.languages, model.licence, size].filter(Boolean).join(' · ');
}

/** "31 passages a second, a query in 8 ms on this machine" */
export function quickness({ per_second: perSecond, query_ms: queryMs }: ModelSpeed, role: string): string {
  const number = perSecond < 9.95 ? perSecond.toFixed(1).replace(/\.0$/, '') : count(Math.round(perSecond));
  const items = `${number} ${role === 'photo' ? 'photo' : 'passage'}${number === '1' ? '' : 's'}`;
  return `${items} a second, a query in ${milliseconds(queryMs)} on this machine`;
}
