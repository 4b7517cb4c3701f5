import type { FolderView } from '../backend';

/** How a folder stands: in the library or not, and whether that is to be changed. */
export type Standing = 'in' | 'out' | 'to-read' | 'to-leave-out' | 'by-rule';

/** Folders that are taken in and left out together: each by a line among the rules of what is left out. */
export class FolderChoice {
  #turned = $state.raw<ReadonlySet<string>>(new Set());

  constructor(private readonly saved: () => readonly string[]) {}

  /** The rules with what was chosen. */
  get lines(): string[] {
    const saved = this.saved();
    return [...saved.filter((line) => !this.#turned.has(line)), ...[...this.#turned].filter((line) => !saved.includes(line))];
  }

  get changed(): boolean {
    return this.#turned.size > 0;
  }

  /** Whether a folder is left out by its own line that goes. What is inside it is then known only by the rules of before. */
  frees({ rule }: FolderView): boolean {
    return this.saved().includes(rule) && this.#turned.has(rule);
  }

  /** `freed`: the line of a folder above it goes. */
  standing({ rule, left_out }: FolderView, freed: boolean): Standing {
    const turned = this.#turned.has(rule);
    if (this.saved().includes(rule)) return turned ? 'to-read' : 'out';
    if (left_out && !freed) return 'by-rule';
    return turned ? 'to-leave-out' : freed ? 'to-read' : 'in';
  }

  turn({ rule }: FolderView): void {
    const turned = new Set(this.#turned);
    if (!turned.delete(rule)) turned.add(rule);
    this.#turned = turned;
  }
}
