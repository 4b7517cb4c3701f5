import { numberOf, randomFrom } from './random';

/** Skies, lands and waters of made-up photos. */
const PALETTES = [
  ['#f2c894', '#e58f6b', '#7a5c6e', '#3d3a50'],
  ['#cfe3ee', '#8fb4cc', '#5c7f6a', '#2f4d43'],
  ['#dfe8ea', '#b9c8cf', '#7d8f99', '#4c5a66'],
  ['#bcd9f0', '#6fa3cf', '#d9c79c', '#a58d62'],
  ['#f5dfc1', '#d9b48a', '#96763f', '#5d4a2a'],
  ['#23304d', '#3d5077', '#1b2436', '#0f1522'],
  ['#e7ecd9', '#b7c99b', '#7f9d5c', '#4d6b39'],
] as const;

/** A landscape for each hash, as a picture that the page may show. */
export function sceneUrl(hash: string): string {
  const random = randomFrom(numberOf(hash) * 2654435761);
  const [sky, glow, far, near] = PALETTES[Math.floor(random() * PALETTES.length)] ?? PALETTES[0];
  const hills = (base: number, rise: number) => {
    const points = Array.from({ length: 9 }, (_, i) => `${i * 50},${Math.round(base - rise * random())}`);
    return `M0,300 L${points.join(' L')} L400,300 Z`;
  };
  const sun = `<circle cx="${Math.round(60 + 280 * random())}" cy="${Math.round(50 + 70 * random())}" r="${Math.round(14 + 20 * random())}" fill="${glow}"/>`;
  const trees = Array.from({ length: Math.floor(random() * 7) }, () => {
    const x = Math.round(400 * random());
    const size = Math.round(24 + 40 * random());
    return `<path d="M${x},${262 - size} l${size / 3},${size} h${-size / 1.5} Z" fill="${near}"/>`;
  }).join('');
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300">` +
    `<rect width="400" height="300" fill="${sky}"/>${sun}` +
    `<path d="${hills(200, 90)}" fill="${far}" opacity=".75"/>${trees}<path d="${hills(270, 50)}" fill="${near}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
