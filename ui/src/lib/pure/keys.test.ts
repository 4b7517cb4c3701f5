import { describe, expect, it } from 'vitest';
import { command, type Key } from './keys';

const none = { code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const key = (key: string, more: Partial<Key> = {}): Key => ({ key, ...none, ...more });

describe('keys of the window', () => {
  it('goes to the views by number', () => {
    expect(['1', '2', '3', '4', '5', '6', ','].map((k) => command(key(k), false))).toEqual([
      { go: 'search' },
      { go: 'photos' },
      { go: 'map' },
      { go: 'ask' },
      { go: 'duplicates' },
      { go: 'library' },
      { go: 'settings' },
    ]);
  });

  it('knows the physical digit where it needs Shift, and no other key', () => {
    expect(command(key('&', { code: 'Digit1' }), false)).toEqual({ go: 'search' });
    expect(command(key('7', { code: 'Digit7' }), false)).toBeNull();
    expect(command(key('a', { code: 'KeyA' }), false)).toBeNull();
  });

  it('leaves typing alone, except for Ctrl and Escape', () => {
    expect(['1', '/', '?', ','].map((k) => command(key(k), true))).toEqual([null, null, null, null]);
    expect(command(key('3', { ctrlKey: true }), true)).toEqual({ go: 'map' });
    expect(command(key('k', { ctrlKey: true }), true)).toBe('focus-box');
    expect(command(key('л', { code: 'KeyK', metaKey: true }), true)).toBe('focus-box');
    expect(command(key('Escape'), true)).toBe('back');
    expect(command(key('a', { ctrlKey: true, code: 'KeyA' }), true)).toBeNull();
  });

  it('leaves characters alone that are typed with Alt or AltGr', () => {
    const typed: Key[] = [
      key('3', { code: 'Digit3', altKey: true }),
      key('™', { code: 'Digit2', altKey: true }),
      key('@', { code: 'Digit2', ctrlKey: true, altKey: true }),
      key(',', { altKey: true }),
    ];
    expect(typed.map((event) => command(event, true))).toEqual([null, null, null, null]);
    expect(command(key('3', { altKey: true }), false)).toEqual({ go: 'map' });
  });

  it('takes back what was done, but not what is typed', () => {
    const z = key('z', { ctrlKey: true });
    expect([command(z, false), command({ ...z, metaKey: true, ctrlKey: false }, false)]).toEqual(['undo', 'undo']);
    expect([command({ ...z, key: 'я', code: 'KeyZ' }, false), command({ ...z, key: 'y', code: 'KeyZ' }, false)]).toEqual(['undo', null]);
    expect([command(z, true), command(key('z'), false), command({ ...z, shiftKey: true, key: 'Z' }, false)]).toEqual([null, null, null]);
  });

  it('finds the box and the help, also where / is on a digit', () => {
    expect(command(key('/', { code: 'Digit7' }), false)).toBe('focus-box');
    expect(command(key('?'), false)).toBe('help');
  });
});
