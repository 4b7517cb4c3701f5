import { asFailure, backend, type Failure, type PhotoTile } from '../backend';
import { PreviewState } from './preview.svelte';

const PAGE = 200;

/** All photos, newest first, fetched page by page as they come into sight. */
export class PhotosState {
  total = $state<number | null>(null);
  failure = $state.raw<Failure | null>(null);
  active = $state(0);
  /** Wanted width of a cell in pixels. */
  size = $state(176);
  scrollTop = 0;
  preview = new PreviewState();
  #pages = new Map<number, PhotoTile[]>();
  #asked = new Set<number>();
  #version = $state(0);
  #epoch = 0;

  /** A photo by its place, once its page is here. */
  tile(index: number): PhotoTile | undefined {
    void this.#version;
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }

  /** Fetches what is missing between two places. */
  ensure(first: number, end: number): void {
    for (let page = Math.floor(first / PAGE); page * PAGE < Math.max(end, first + 1); page += 1) {
      if (!this.#asked.has(page)) void this.#fetch(page);
    }
  }

  /** The library has changed: what is here stays on the screen until it is replaced. */
  renew(): void {
    this.#epoch += 1;
    this.#asked.clear();
    this.#version += 1;
  }

  /** Asks again for the pages that are still missing. */
  retry(): void {
    this.failure = null;
    this.#asked = new Set(this.#pages.keys());
    this.#version += 1;
  }

  /** Grows when pages should be asked for again. */
  get version(): number {
    return this.#version;
  }

  async #fetch(page: number): Promise<void> {
    this.#asked.add(page);
    const epoch = this.#epoch;
    try {
      const { total, photos } = await backend.photos(page * PAGE, PAGE);
      if (epoch !== this.#epoch) return;
      this.#pages.set(page, photos);
      this.total = total;
      this.active = Math.max(0, Math.min(this.active, total - 1));
      this.failure = null;
    } catch (thrown) {
      if (epoch !== this.#epoch) return;
      this.failure = asFailure(thrown);
    }
    this.#version += 1;
  }
}

export const photos = new PhotosState();
