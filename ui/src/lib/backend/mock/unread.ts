import type { FailedFile, Kind, ProblemCode, SearchRequest, UnreadFile } from '../types';
import type { Conditions } from './conditions';
import { rootOf } from './folders';

const MOST = 50;
const FAILED_IDS = 90_000;
const WAITING_IDS = 95_000;

type Row = [folder: string, name: string, kind: Kind, date: string, size: number];

const problems: [code: ProblemCode, sentence: string, detail: string, rows: Row[]][] = [
  [
    'encrypted',
    'It needs a password. Save a copy without one to make it searchable.',
    'password required',
    [
      ['Documents / Work', 'payslip-2023-04.pdf', 'pdf', '2023-04-28', 212_000],
      ['Documents / Work', 'payslip-2023-05.pdf', 'pdf', '2023-05-30', 212_400],
      ['Documents / Work', 'bank-statement.pdf', 'pdf', '2024-01-03', 98_000],
    ],
  ],
  [
    'damaged',
    'It is damaged or cut off. If another program opens it, save it again there.',
    'unexpected end of file',
    [
      ['Pictures / Old phone', 'IMG_2041.jpg', 'jpeg', '2016-07-09', 1_204_000],
      ['Pictures / Old phone', 'thesis-backup.docx', 'docx', '2015-11-02', 640_000],
    ],
  ],
  [
    'no_text',
    'It holds no text that can be searched; it may be a scan.',
    '',
    [
      ['Documents / Work', 'scan0001.pdf', 'pdf', '2022-09-14', 1_880_000],
      ['Documents / Work', 'scan0002.pdf', 'pdf', '2022-09-14', 1_912_000],
    ],
  ],
  [
    'unsupported',
    'Cairn does not read this kind of file yet.',
    '',
    [
      ['Pictures / Old phone', 'birthday.mp4', 'other', '2019-06-22', 148_300_000],
      ['Notes / Trips', 'birthday-song.mp3', 'other', '2018-06-20', 3_910_000],
    ],
  ],
];

const waitingRows: Row[] = [
  ['Documents / Family / 2025', 'birthday-invitation.docx', 'docx', '2025-05-18', 44_000],
  ['Documents / Family / 2025', 'birthday-guests.xlsx', 'xlsx', '2025-05-11', 18_200],
  ['Documents / Family / Letters', 'عيد-ميلاد-birthday.txt', 'text', '2018-06-21', 1_200],
  ['Documents / Family', 'birthday-speeches-2001-2024.zip', 'archive', '2024-12-30', 9_400_000],
  [
    'Documents / Garden / Association / Minutes / Years / 2024 / Spring',
    'speech-for-the-fiftieth-birthday-of-the-allotment-association-final-corrected-second-version.odt',
    'odt',
    '2024-04-02',
    61_000,
  ],
  ['Pictures / Camera', 'birthday-cake.heic', 'heic', '2025-06-22', 2_100_000],
];

const unread = ([folder, name, kind, date, size]: Row, file: number, waits: boolean): UnreadFile => ({
  file,
  root: rootOf(folder),
  name,
  folder,
  kind,
  size,
  date_ms: Date.parse(date),
  waits,
});

/** Files that cannot be read, with the reasons. */
export const failures = (): (UnreadFile & FailedFile)[] =>
  problems.flatMap(([code, sentence, detail, rows], p) =>
    rows.map((row, i) => ({ ...unread(row, FAILED_IDS + p * 100 + i, false), problem: { code, sentence, detail } })),
  );

/** Files that are read while a job runs. */
export const waiting: readonly UnreadFile[] = waitingRows.map((row, i) => unread(row, WAITING_IDS + i, true));

const PHOTOS: readonly Kind[] = ['jpeg', 'png', 'webp', 'gif', 'tiff', 'bmp', 'heic', 'avif', 'jxl', 'svg', 'raw'];

function isIn(scope: SearchRequest['scope'], kind: Kind): boolean {
  if (scope === 'all') return true;
  return scope === 'photos' ? PHOTOS.includes(kind) : kind !== 'other' && !PHOTOS.includes(kind);
}

/** Those whose names or folders hold every word, or, without words, that meet the conditions. */
export function byName(files: readonly UnreadFile[], { words, chips, fits }: Conditions, scope: SearchRequest['scope']): UnreadFile[] {
  const asked = words.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  if (asked.length === 0 && chips.length === 0) return [];
  const found = files.filter((file) => {
    const known = `${file.folder} ${file.name}`.toLowerCase();
    return isIn(scope, file.kind) && fits(file) && asked.every((word) => known.includes(word));
  });
  return (asked.length > 0 ? found : found.sort((a, b) => b.date_ms - a.date_ms)).slice(0, MOST);
}
