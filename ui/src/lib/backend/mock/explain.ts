import type { ExplainedPassage, Explanation, FoundPassage, HeatMap, SearchRequest, TextShare } from '../types';
import { conditionsIn } from './conditions';
import { documents } from './documents';
import { find, isPhoto, marksIn, passageId, type PhotoChannels } from './find';
import { randomFrom } from './random';

const cosineOf = (marks: number): number => 0.21 + 0.09 * Math.min(5, marks);

/** Every passage of a document that the words occur in, best first. */
export function passagesFor(file: number, { query }: SearchRequest): FoundPassage[] {
  const d = (file - 1) % documents.length;
  const { passages, pages } = documents[d] as (typeof documents)[number];
  return passages
    .map((text, p) => ({ text, p, marks: marksIn(text, conditionsIn(query).words) }))
    .filter(({ marks, p }) => marks.length > 0 || p === 1)
    .sort((a, b) => b.marks.length - a.marks.length)
    .map(({ text, p, marks }) => ({ passage: passageId(d, p), page: pages ? p + 1 : null, snippet: { text, marks }, cosine: cosineOf(marks.length) }));
}

/** Each word of a passage with what it adds to the cosine; words around a match add a little, some take a little away. */
function takenApart(d: number, p: number, words: string): ExplainedPassage {
  const text = documents[d]?.passages[p] ?? '';
  const marks = marksIn(text, words);
  const random = randomFrom(d * 31 + p);
  const shares = [...text.matchAll(/[\p{L}\p{N}’-]+/gu)].map(({ index, 0: word }): TextShare => {
    const near = Math.min(...marks.map(([start]) => Math.abs(start - index)), 400);
    const share = near === 0 ? 0.05 + 0.05 * random() : 0.014 * random() * Math.exp(-near / 60) - 0.0012;
    return { start: index, end: index + word.length, share };
  });
  const sentences = [...text.matchAll(/[^.;]+[.;]?\s*/g)].map(({ index, 0: sentence }): TextShare => {
    const end = index + sentence.trimEnd().length;
    return { start: index, end, share: shares.filter(({ start }) => start >= index && start < end).reduce((sum, { share }) => sum + share, 0) };
  });
  return { passage: passageId(d, p), text, cosine: shares.reduce((sum, { share }) => sum + share, 0), words: shares, sentences };
}

const listed = (text: string, marks: [number, number][]): string => [...new Set(marks.map(([start, end]) => text.slice(start, end).toLowerCase()))].join(', ');

/** Why a search finds a file, or why not. */
export function explained(file: number, request: SearchRequest, photos: PhotoChannels): Explanation {
  const { hits } = find({ ...request, limit: 500, at_least: 'weak' }, [], photos);
  const shown = find({ ...request, limit: 500 }, [], photos).hits;
  const hit = hits.find((candidate) => candidate.file === file);
  const place = shown.findIndex((candidate) => candidate.file === file);
  const { words, chips, fits } = conditionsIn(request.query);
  if (!hit) {
    const document = documents[(file - 1) % documents.length];
    const out = chips.length > 0 && document && !isPhoto(file) && !fits({ ...document, date_ms: Date.parse(document.date) });
    const reasons = out
      ? chips.map(({ start, end }) => `It does not fit “${request.query.slice(start, end)}”.`)
      : request.scope === (isPhoto(file) ? 'documents' : 'photos')
        ? ['Only the other kind of results is asked for.']
        : ['Nothing in it has to do with what is asked for.'];
    return { place: null, probability: 0, likelihood: 'weak', parts: [], reasons, passage: null };
  }
  const { channels } = hit;
  const text = hit.snippet ?? { text: '', marks: [] };
  const parts = [
    { channel: 'Words', share: channels.words, detail: listed(text.text, text.marks) },
    { channel: 'Meaning', share: channels.meaning * 0.9, detail: `cosine ${(channels.text_cosine ?? 0).toFixed(2)}; here 0.22 is possible, 0.41 likely` },
    { channel: 'Name', share: channels.meaning * 0.1, detail: listed(hit.title, marksIn(hit.title, words)) },
    { channel: 'Look', share: channels.look * 0.8, detail: `cosine ${(channels.photo_cosine ?? 0).toFixed(2)}; here 0.19 is possible, 0.27 likely` },
    { channel: 'Seen in it', share: channels.look * 0.2, detail: '81 % sure' },
  ];
  return {
    place: place < 0 ? null : place + 1,
    probability: hit.probability,
    likelihood: hit.likelihood,
    parts: parts.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share),
    reasons: place < 0 ? ['It is less likely to be meant than the results that are shown.'] : [],
    passage: hit.family === 'document' && hit.passage !== null ? takenApart((file - 1) % documents.length, hit.passage % 100, words) : null,
  };
}

/** A bright spot somewhere in the picture. */
export function heatOf(file: number): HeatMap {
  const random = randomFrom(file);
  const side = 7;
  const [x, y] = [1 + 4 * random(), 1 + 4 * random()];
  const values = Array.from({ length: side * side }, (_, i) => {
    const far = ((i % side) - x) ** 2 + (Math.floor(i / side) - y) ** 2;
    return 0.09 * Math.exp(-far / 3) + 0.012 * (random() - 0.5);
  });
  return { side, values, cosine: 0.27 };
}
