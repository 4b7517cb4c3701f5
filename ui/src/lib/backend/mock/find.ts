import type { AlikeFile, Example, Hit, Likelihood, SearchRequest, SearchResponse, Sort, UnreadFile } from '../types';
import { LIKELIHOODS } from '../../pure/request';
import { conditionsIn, type Conditions } from './conditions';
import { documents } from './documents';
import { photoTexts } from './photo-texts';
import { rootOf } from './folders';
import { hashOf, randomFrom } from './random';
import { byName } from './unread';

export const PHOTOS = 4209;
const PHOTO_IDS = 10_000;
export const photoFile = (index: number): number => PHOTO_IDS + index;
export const photoIndex = (file: number): number => file - PHOTO_IDS;
export const isPhoto = (file: number): boolean => file >= PHOTO_IDS;
export const documentFile = (index: number): number => index + 1;
export const passageId = (document: number, place: number): number => (document + 1) * 100 + place;

export const photoDate = (index: number): number => Date.UTC(2025, 9, 20) - index * 13 * 3_600_000;
export const photoName = (index: number): string => `IMG_${String(9876 - index).padStart(4, '0')}.jpg`;

/** Things that photos of this make-believe library show. */
const SHOWN = ['dog', 'water', 'beach', 'lake', 'mountain', 'snow', 'boat', 'summer', 'sunset', 'tree', 'photo'];
const COMMON = new Set(['the', 'and', 'for', 'what', 'when', 'does', 'who', 'how', 'was', 'are', 'long', 'by', 'with', 'under']);
const SYNONYMS: Record<string, string[]> = {
  dogs: ['dogs', 'dog', 'animals', 'tilda'],
  dog: ['dogs', 'dog', 'animals'],
  water: ['water', 'lake', 'swam', 'swimming', 'shore', 'beach'],
  playing: ['swam', 'shook', 'toy'],
  roof: ['roof', 'roofers', 'tiles'],
  invoice: ['invoice', 'payable', 'total'],
};

/** Words of the text that the query means, as ranges. */
export function marksIn(text: string, query: string): [number, number][] {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? [];
  const meant = new Set(words.filter((word) => !COMMON.has(word)).flatMap((word) => SYNONYMS[word] ?? [word]));
  const marks: [number, number][] = [];
  for (const found of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    const word = found[0].toLowerCase();
    if ([...meant].some((m) => word === m || (m.length > 3 && word.startsWith(m)))) {
      marks.push([found.index, found.index + found[0].length]);
    }
  }
  return marks;
}

const likelihood = (probability: number): Likelihood => LIKELIHOODS[Math.min(3, Math.floor(4 * probability))] ?? 'weak';

/** Where the words for a likelihood begin: scores, and what they say. */
const SAYS = [
  [0, 0],
  [0.23, 0.25],
  [0.4, 0.5],
  [0.62, 0.75],
  [1, 0.98],
] as const;

export function probabilityOf(score: number): number {
  const at = Math.max(0, SAYS.findLastIndex(([from]) => from < score));
  const [[from, low], [to, high]] = [SAYS[at] ?? SAYS[0], SAYS[at + 1] ?? SAYS[4]];
  return to === from ? high : low + ((score - from) / (to - from)) * (high - low);
}

const sure = (score: number): Pick<Hit, 'score' | 'probability' | 'likelihood'> => {
  const probability = probabilityOf(score);
  return { score, probability, likelihood: likelihood(probability) };
};

/** Other versions of some documents; their ids are further rounds through the documents. */
function alikeTo(d: number): AlikeFile[] {
  const later = (round: number) => documentFile(d) + round * documents.length;
  if (d === 3) {
    return [
      { file: later(1), name: 'RE_2024-118 (signed).pdf', folder: 'Documents / Taxes / 2024' },
      { file: later(2), name: 'RE_2024-118 draft.docx', folder: 'Downloads' },
    ];
  }
  return d === 7 ? [{ file: later(1), name: 'lease-linden-street-2017.pdf', folder: 'Documents / Important / Contracts / old' }] : [];
}

function documentHit(d: number, p: number, marks: [number, number][], score: number): Hit {
  const document = documents[d] as (typeof documents)[number];
  const words = 0.15 + 0.5 * randomFrom(d + marks.length)();
  return {
    file: documentFile(d),
    family: 'document',
    kind: document.kind,
    title: document.title,
    name: document.name,
    folder: document.folder,
    root: rootOf(document.folder),
    passage: passageId(d, p),
    snippet: { text: document.passages[p] ?? '', marks },
    page: document.pages ? p + 1 : null,
    date_ms: Date.parse(document.date),
    hash: hashOf(documentFile(d)),
    pixels: null,
    ...sure(score),
    channels: { words, meaning: 1 - words, look: 0, text_cosine: 0.3 + score / 2, photo_cosine: null, reranked: null },
    copies: d === 3 ? 2 : 0,
    alike: alikeTo(d),
  };
}

function documentHits(query: string): Hit[] {
  return documents.flatMap((document, d): Hit[] => {
    const scored = document.passages.map((text, p) => ({ p, marks: marksIn(text, query) }));
    const best = scored.sort((a, b) => b.marks.length - a.marks.length)[0];
    const named = marksIn(document.title, query).length;
    if (!best || best.marks.length + named === 0) return [];
    return [documentHit(d, best.p, best.marks, Math.min(0.95, 0.16 * best.marks.length + 0.14 * named + 0.08))];
  });
}

function photoHit(index: number, score: number): Hit {
  return {
    file: photoFile(index),
    family: 'photo',
    kind: 'jpeg',
    title: photoName(index),
    name: photoName(index),
    folder: 'Pictures / Camera',
    root: rootOf('Pictures'),
    passage: null,
    snippet: null,
    page: null,
    date_ms: photoDate(index),
    hash: hashOf(photoFile(index)),
    pixels: [4032, 3024],
    ...sure(score),
    channels: { words: 0, meaning: 0, look: 1, text_cosine: null, photo_cosine: 0.2 + score / 8, reranked: null },
    copies: 0,
    alike: index % 3 === 0 ? [1, 2].map((next) => ({ file: photoFile(index + next), name: photoName(index + next), folder: 'Pictures / Camera' })) : [],
  };
}

/** Photos with these words in them. */
function photoTextHits(query: string): Hit[] {
  return Object.entries(photoTexts).flatMap(([place, text]): Hit[] => {
    const marks = marksIn(text, query);
    if (marks.length === 0) return [];
    const index = Number(place);
    const score = Math.min(0.9, 0.4 + 0.15 * marks.length);
    const channels = { words: 0.8, meaning: 0.2, look: 0, text_cosine: 0.4, photo_cosine: null, reranked: null };
    return [{ ...photoHit(index, score), passage: 100 * photoFile(index), snippet: { text, marks }, channels }];
  });
}

function photoHits(query: string): Hit[] {
  const words = query.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
  const hits = words.filter((word) => SHOWN.some((shown) => word.startsWith(shown))).length;
  if (hits === 0) return [];
  const random = randomFrom(query.length * 31 + hits);
  return Array.from({ length: 11 * hits + 9 }, (_, i) => photoHit(Math.floor(random() * PHOTOS), 0.86 / (1 + i / 12)));
}

/** What photos are found by. */
export interface PhotoChannels {
  look: boolean;
  text: boolean;
}

/** Everything that fits, newest first. */
function listed({ fits }: Conditions, scope: SearchRequest['scope']): Hit[] {
  const docs = scope === 'photos' ? [] : documents.map((_, d) => documentHit(d, 0, [], 1));
  const pictures = scope === 'documents' ? [] : Array.from({ length: PHOTOS }, (_, index) => photoHit(index, 1));
  const channels = { words: 0, meaning: 0, look: 0, text_cosine: null, photo_cosine: null, reranked: null };
  const all = [...docs, ...pictures].filter(fits).sort((a, b) => b.date_ms - a.date_ms);
  return all.map((hit) => ({ ...hit, likelihood: 'likely', channels }));
}

function ranked(query: string, scope: SearchRequest['scope'], photos: PhotoChannels): Hit[] {
  const docs = scope === 'photos' ? [] : documentHits(query);
  const pictures = [...(photos.text ? photoTextHits(query) : []), ...(photos.look ? photoHits(query) : [])].filter(once);
  return [...docs, ...(scope === 'documents' ? [] : pictures)].sort((a, b) => b.score - a.score);
}

const SORTS: Record<Sort, (a: Hit, b: Hit) => number> = {
  relevance: () => 0,
  newest: (a, b) => b.date_ms - a.date_ms,
  oldest: (a, b) => a.date_ms - b.date_ms,
  name: (a, b) => a.name.localeCompare(b.name),
};

/** Of hits in the same folder one comes first and the others later. */
function varied(hits: Hit[]): Hit[] {
  const seen = new Map<string, number>();
  const rounds = hits.map((hit) => {
    const round = seen.get(hit.folder) ?? 0;
    seen.set(hit.folder, round + 1);
    return { hit, round };
  });
  return rounds.sort((a, b) => a.round - b.round).map(({ hit }) => hit);
}

/** What an example is about, in words. */
function wordsOf({ file, passage }: Example): string {
  if (isPhoto(file)) return 'sunset';
  const document = documents[(file - 1) % documents.length];
  return (passage === null ? document?.title : document?.passages[passage % 100]) ?? '';
}

const once = (hit: Hit, place: number, all: Hit[]): boolean => all.findIndex(({ file }) => file === hit.file) === place;

export function find(request: SearchRequest, notes: string[], photos: PhotoChannels, unread: UnreadFile[] = []): SearchResponse {
  const conditions = conditionsIn(request.query);
  const { words, fits, chips } = conditions;
  const byConditionsAlone = words === '' && chips.length > 0;
  const like = request.like.map(wordsOf).join(' ');
  const against = new Set(request.unlike.flatMap((example) => ranked(wordsOf(example), request.scope, photos).map(({ file }) => file)));
  const examples = new Set([...request.like, ...request.unlike].map(({ file }) => file));
  const asked = `${words} ${like}`.trim();
  const found = (byConditionsAlone && !like ? listed(conditions, request.scope) : ranked(asked, request.scope, photos).filter(fits))
    .filter(({ file }) => !examples.has(file))
    .sort((a, b) => Number(against.has(a.file)) - Number(against.has(b.file)));
  const all = request.sort === 'relevance' && request.diverse ? varied(found) : found.sort(SORTS[request.sort]);
  const least = LIKELIHOODS.indexOf(request.at_least);
  const kept = all.filter((hit) => LIKELIHOODS.indexOf(hit.likelihood) >= least);
  return {
    hits: kept.slice(0, request.limit),
    documents: kept.filter((hit) => hit.family === 'document').length,
    photos: kept.filter((hit) => hit.family === 'photo').length,
    weak_hidden: all.length - kept.length,
    took_ms: 9 + (request.query.length % 17),
    plans: [],
    chips,
    notes,
    unread: byName(unread, conditions, request.scope),
  };
}
