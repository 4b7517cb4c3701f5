import type { Likelihood, SearchRequest } from '../backend';
import { offsetMinutes } from './days';

/** From everything to what is most likely meant. */
export const LIKELIHOODS: readonly Likelihood[] = ['weak', 'possible', 'likely', 'very_likely'];

/** A search for words, as everything else stands by itself. */
export const requestFor = (query: string, rest: Partial<SearchRequest> = {}): SearchRequest => ({
  query,
  scope: 'all',
  mode: 'hybrid',
  limit: 60,
  at_least: 'possible',
  sort: 'relevance',
  diverse: false,
  like: [],
  unlike: [],
  offset_minutes: offsetMinutes(),
  ...rest,
});
