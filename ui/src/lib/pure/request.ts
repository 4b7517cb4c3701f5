import type { Likelihood, Scope, SearchRequest } from '../backend';
import { offsetMinutes } from './days';
import { plural } from './words';

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
  rerank: false,
  like: [],
  unlike: [],
  offset_minutes: offsetMinutes(),
  ...rest,
});

const SCOPES: Record<Scope, string> = { all: '', documents: 'documents', photos: 'photos' };

/** What a search asks, in a line: "roof · documents · newest · 2 examples". */
export function requestWords({ query, scope, sort, like, unlike }: SearchRequest): string {
  const examples = like.length + unlike.length;
  const parts = [query, SCOPES[scope], sort === 'relevance' ? '' : sort, examples > 0 ? plural(examples, 'example') : ''];
  return parts.filter((part) => part !== '').join(' · ');
}
