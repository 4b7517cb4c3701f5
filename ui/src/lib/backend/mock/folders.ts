import type { FolderView, RootId } from '../types';
import { documents } from './documents';

const ROOTS: Record<string, RootId> = { Documents: 1, Pictures: 2, Notes: 3 };

const PATHS: Record<RootId, string> = { 1: '/home/ada/Documents', 2: '/home/ada/Pictures', 3: '/media/ada/Backup drive/Notes' };

/** The root in which a folder lies, by the name that both begin with. */
export const rootOf = (folder: string): RootId => ROOTS[folder.split(' / ')[0] ?? ''] ?? 1;

export const pathOf = (folder: string, name: string): string => [PATHS[rootOf(folder)], ...folder.split(' / ').slice(1), name].join('/');

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
export function foldersIn(root: RootId, below: string): Pick<FolderView, 'name' | 'below' | 'files' | 'has_folders'>[] {
  const prefix = below === '' ? '' : `${below}/`;
  const found = new Map<string, { files: number; has_folders: boolean }>();
  for (const [of, path, files] of all) {
    if (of !== root || !path.startsWith(prefix)) continue;
    const [name = '', inside] = path.slice(prefix.length).split('/');
    const before = found.get(name);
    found.set(name, { files: (before?.files ?? 0) + files, has_folders: inside !== undefined || (before?.has_folders ?? false) });
  }
  found.delete('');
  const names = [...found].sort(([a], [b]) => a.localeCompare(b));
  return names.map(([name, facts]) => ({ name, below: prefix + name, ...facts }));
}
