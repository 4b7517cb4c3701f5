import type { FolderView, RootId } from '../types';
import { documents } from './documents';

const ROOTS: Record<string, RootId> = { Documents: 1, Pictures: 2, Notes: 3 };

/** The root in which a folder lies, by the name that both begin with. */
export const rootOf = (folder: string): RootId => ROOTS[folder.split(' / ')[0] ?? ''] ?? 1;

/** Folders of the roots beside those of the documents, with their files. */
const others: [root: RootId, below: string, files: number][] = [
  [1, 'Work/Thesis', 212],
  [1, 'Work/Thesis/figures', 48],
  [1, 'Work/website', 96],
  [1, 'Work/website/node_modules', 3_950],
  [2, 'Camera', 3_880],
  [2, 'Camera/copies to sort', 41],
  [2, 'Old phone', 329],
];

const all = [
  ...documents.map(({ folder }): (typeof others)[number] => [rootOf(folder), folder.split(' / ').slice(1).join('/'), 37]),
  ...others,
];

/** The folders directly inside one, by name. */
export function foldersIn(root: RootId, below: string): Pick<FolderView, 'name' | 'below' | 'files'>[] {
  const prefix = below === '' ? '' : `${below}/`;
  const found = new Map<string, number>();
  for (const [of, path, files] of all) {
    if (of !== root || !path.startsWith(prefix)) continue;
    const name = path.slice(prefix.length).split('/')[0] ?? '';
    if (name !== '') found.set(name, (found.get(name) ?? 0) + files);
  }
  const names = [...found].sort(([a], [b]) => a.localeCompare(b));
  return names.map(([name, files]) => ({ name, below: prefix + name, files }));
}
