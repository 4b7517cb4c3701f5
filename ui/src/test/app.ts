import { cleanup, render, screen } from '@testing-library/svelte';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, expect } from 'vitest';
import App from '../App.svelte';
import { setBackend } from '../lib/backend';
import { MockBackend } from '../lib/backend/mock';
import { nav } from '../lib/state/nav.svelte';
import type { View } from '../lib/pure/keys';

/**
 * The whole window over a made-up engine that answers at once. State lives in modules, so one test file is one
 * session with one engine.
 */
export function session(scenario = '') {
  const engine = new MockBackend({ scenario, delay: 0 });
  setBackend(engine);
  const user = userEvent.setup();
  afterEach(cleanup);
  return {
    engine,
    user,
    open(view: View, section = '') {
      nav.go(view, section);
      return render(App);
    },
  };
}

export const find = (id: string) => screen.findByTestId(id);
export const findAll = (id: string) => screen.findAllByTestId(id);
export const get = (id: string) => screen.getByTestId(id);
export const query = (id: string) => screen.queryByTestId(id);

/** Fails on anything that axe finds. Colours are checked by theme.test.ts; jsdom knows none. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, { rules: { 'color-contrast': { enabled: false } } });
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}
