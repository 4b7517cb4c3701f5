import type { Backend } from './backend';

export * from './backend';
export type * from './types';

/** The engine in use. Set once, before anything is drawn. */
export let backend: Backend;

export function setBackend(chosen: Backend): void {
  backend = chosen;
}

/** Whether the page runs inside the application's window. */
export const inWindow = (): boolean => '__TAURI_INTERNALS__' in globalThis;

/**
 * The engine of the window; in a normal browser, made-up data when the address says `?mock` (or `?mock=empty`,
 * `?mock=busy`,
 * `?mock=battery`, `?mock=bare`), otherwise nothing.
 */
export async function findBackend(address: URL): Promise<Backend | null> {
  if (inWindow()) return (await import('./tauri')).tauri;
  const scenario = address.searchParams.get('mock');
  if (scenario === null) return null;
  const { MockBackend } = await import('./mock');
  return new MockBackend({ scenario, delay: 1 });
}
