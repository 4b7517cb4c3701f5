import type { FailedFile, Kind, ProblemCode, SearchRequest, UnreadFile } from '../types';
import type { Conditions } from './conditions';
import { pathOf, rootOf } from './folders';

const MOST = 50;
const FAILED_IDS = 90_000;
const WAITING_IDS = 95_000;

const reasons = {
  encrypted: ['It needs a password. Save a copy without one to make it searchable.', 'password required'],
  damaged: ['It is damaged or cut off. If another program opens it, save it again there.', 'unexpected end of file'],
  no_text: ['It holds no text that can be searched; it may be a scan.', ''],
  unsupported: ['Cairn does not read this kind of file yet.', ''],
} satisfies Partial<Record<ProblemCode, [sentence: string, detail: string]>>;

const LONG = 'speech-for-the-fiftieth-birthday-of-the-allotment-association-final-corrected-second-version.odt';

const rows: [state: keyof typeof reasons | 'waits', folder: string, name: string, kind: Kind, date: string, size: number][] = [
  ['encrypted', 'Documents / Work', 'payslip-2023-04.pdf', 'pdf', '2023-04-28', 212_000],
  ['encrypted', 'Documents / Work', 'payslip-2023-05.pdf', 'pdf', '2023-05-30', 212_400],
  ['encrypted', 'Documents / Work', 'bank-statement.pdf', 'pdf', '2024-01-03', 98_000],
  ['damaged', 'Pictures / Old phone', 'IMG_2041.jpg', 'jpeg', '2016-07-09', 1_204_000],
  ['damaged', 'Pictures / Old phone', 'th�se-2009.docx', 'docx', '2015-11-02', 640_000],
  ['no_text', 'Documents / Work', 'scan0001.pdf', 'pdf', '2022-09-14', 1_880_000],
  ['no_text', 'Documents / Work', 'scan0002.pdf', 'pdf', '2022-09-14', 1_912_000],
  ['unsupported', 'Pictures / Old phone', 'birthday.mp4', 'other', '2019-06-22', 148_300_000],
  ['unsupported', 'Notes / Trips', 'birthday-song.mp3', 'other', '2018-06-20', 3_910_000],
  ['waits', 'Documents / Family / 2025', 'birthday-invitation.docx', 'docx', '2025-05-18', 44_000],
  ['waits', 'Documents / Family / 2025', 'birthday-guests.xlsx', 'xlsx', '2025-05-11', 18_200],
  ['waits', 'Documents / Family / Letters', 'عيد-ميلاد-birthday.txt', 'text', '2018-06-21', 1_200],
  ['waits', 'Documents / Family', 'birthday-speeches-2001-2024.zip', 'archive', '2024-12-30', 9_400_000],
  ['waits', 'Documents / Garden / Association / Minutes / Years / 2024 / Spring', LONG, 'odt', '2024-04-02', 61_000],
  ['waits', 'Pictures / Camera', 'birthday-cake.heic', 'heic', '2025-06-22', 2_100_000],
];

const unread = ([state, folder, name, kind, date, size]: (typeof rows)[number], file: number): UnreadFile => ({
  file,
  root: rootOf(folder),
  name,
  folder,
  kind,
  size,
  date_ms: Date.parse(date),
  waits: state === 'waits',
});

/** Files that cannot be read, with the reasons. */
export const failures = (): (UnreadFile & FailedFile)[] =>
  rows.flatMap((row, i) => {
    const [state, folder, name] = row;
    if (state === 'waits') return [];
    const [sentence, detail] = reasons[state];
    // A name of other characters than Unicode's cannot stand in a rule.
    const rule = name.includes('\ufffd') ? null : pathOf(folder, name);
    return [{ ...unread(row, FAILED_IDS + i), rule, problem: { code: state, sentence, detail } }];
  });

/** Files that are read while a job runs. */
export const waiting: readonly UnreadFile[] = rows.filter(([state]) => state === 'waits').map((row, i) => unread(row, WAITING_IDS + i));

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
