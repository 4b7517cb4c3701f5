import { GROUP_COLOURS, type Palette, type Rgb } from './points';

function rgb(hex: string): Rgb {
  const value = parseInt(hex.trim().replace('#', ''), 16) || 0;
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** The colours of the theme that is drawn now. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => rgb(style.getPropertyValue(name));
  return { groups: [...GROUP_COLOURS.map(token), token('--faint')], lit: token('--warn') };
}
