import type { Theme } from '../backend';

/** The theme to draw with. */
export const resolve = (theme: Theme, systemIsDark: boolean): 'light' | 'dark' =>
  theme === 'system' ? (systemIsDark ? 'dark' : 'light') : theme;
