import { describe, expect, test } from 'vitest';
import { commandOf, type Command, type Focus } from './keys';

const bare = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };

function command(key: string, focus: Focus = 'none', inside = true, held = {}): Command | null {
  return commandOf({ ...bare, key, ...held }, focus, inside);
}

test.each([
  [' ', { name: 'play' }],
  ['k', { name: 'play' }],
  ['K', { name: 'play' }],
  ['j', { name: 'seek', seconds: -10 }],
  ['l', { name: 'seek', seconds: 10 }],
  ['ArrowLeft', { name: 'seek', seconds: -5 }],
  ['ArrowRight', { name: 'seek', seconds: 5 }],
  ['ArrowUp', { name: 'volume', step: 0.05 }],
  ['m', { name: 'mute' }],
  ['f', { name: 'fullscreen' }],
  ['c', { name: 'captions' }],
  ['t', { name: 'theatre' }],
  [',', { name: 'frame', frames: -1 }],
  ['.', { name: 'frame', frames: 1 }],
  ['0', { name: 'part', part: 0 }],
  ['9', { name: 'part', part: 0.9 }],
  ['x', null],
  ['Tab', null],
  ['constructor', null],
])('%s', (key, expected) => {
  expect(command(key)).toEqual(expected);
});

describe('a key belongs to', () => {
  test('the browser, with ctrl, meta or alt', () => {
    for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }])
      for (const key of ['f', 'l', 't', '1', 'ArrowLeft', ' '])
        expect(command(key, 'none', true, held)).toBeNull();
  });

  test('the text that is written, and the menu that is open', () => {
    for (const key of ['k', ' ', '?', '5', 'ArrowLeft']) {
      expect(command(key, 'text')).toBeNull();
      expect(command(key, 'list')).toBeNull();
    }
  });

  test('the button or the slider that has the focus', () => {
    expect(command(' ', 'button')).toBeNull();
    expect(command('k', 'button')).toEqual({ name: 'play' });
    expect(command('ArrowLeft', 'range')).toBeNull();
    expect(command('ArrowUp', 'range')).toBeNull();
  });

  test('the page, which scrolls, where the player has no focus', () => {
    expect(command('ArrowDown', 'none', false)).toBeNull();
    expect(command('k', 'none', false)).toEqual({ name: 'play' });
  });

  test('the help, with shift; nothing else does', () => {
    expect(command('?', 'none', true, { shiftKey: true })).toEqual({ name: 'help' });
    expect(command('K', 'none', true, { shiftKey: true })).toBeNull();
  });
});
