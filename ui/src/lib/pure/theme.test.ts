import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolve } from './theme';

const css = readFileSync('src/tokens.css', 'utf8');
const [light = '', dark = ''] = css.split("[data-theme='dark']");
const tokens = (part: string) => Object.fromEntries([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));

/** Contrast of two colours by WCAG 2.2. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const channel = parseInt(hex.slice(at, at + 2), 16) / 255;
      return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const pairs: [text: string, surface: string][] = [
  ...['text', 'muted', 'faint', 'accent', 'warn', 'alone'].flatMap((text) =>
    ['bg', 'surface', 'raised'].map((surface): [string, string] => [text, surface]),
  ),
  ['accent-ink', 'accent'],
  ['accent-ink', 'accent-strong'],
  ['accent', 'accent-soft'],
  ['muted', 'accent-soft'],
  ['text', 'accent-soft'],
  ['hit-ink', 'hit'],
  ['warn', 'warn-soft'],
  ['bg', 'text'],
];

describe.each([
  ['light', tokens(light)],
  ['dark', tokens(dark)],
])('%s theme', (_, theme) => {
  it.each(pairs)('%s on %s can be read (4.5:1)', (text, surface) => {
    expect(contrast(theme[text] ?? '', theme[surface] ?? '')).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'mean', 'look'])('%s can be seen on the ground (3:1)', (colour) => {
    expect(contrast(theme[colour] ?? '', theme['bg'] ?? '')).toBeGreaterThanOrEqual(3);
  });
});

it('follows the system unless told otherwise', () => {
  expect([resolve('system', true), resolve('system', false), resolve('light', true), resolve('dark', false)]).toEqual([
    'dark',
    'light',
    'light',
    'dark',
  ]);
});
