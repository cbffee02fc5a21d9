import { expect, test } from 'vitest';
import { linesWith, lineAt, piecesOf, stepFrom } from './transcript-lines';

const lines = [
  { startSeconds: 0.5, text: 'A quokka (small)' },
  { startSeconds: 2, text: 'and a wombat' },
  { startSeconds: 2, text: 'Quokka again, QUOKKA' },
  { startSeconds: 9, text: 'Straße 1.5' },
];

test.each([
  [0, -1],
  [0.5, 0],
  [1.99, 0],
  [2, 2],
  [8.9, 2],
  [100, 3],
])('at %d s the line is number %d', (seconds, position) => {
  expect(lineAt(lines, seconds)).toBe(position);
});

test('of no lines none is said', () => {
  expect(lineAt([], 5)).toBe(-1);
});

test.each([
  ['quokka', [0, 2]],
  ['  a   wombat ', [1]],
  ['(small)', [0]],
  ['1.5', [3]],
  ['1x5', []],
  ['STRASSE', []],
  ['', []],
  ['[', []],
])('%j stands in lines %j', (phrase, positions) => {
  expect(linesWith(lines, phrase)).toEqual(positions);
});

test('pieces are the text again, those that were found marked', () => {
  expect(piecesOf('Quokka again, QUOKKA', 'quokka')).toEqual([
    { text: 'Quokka', found: true },
    { text: ' again, ', found: false },
    { text: 'QUOKKA', found: true },
  ]);
  expect(piecesOf('none', 'quokka')).toEqual([{ text: 'none', found: false }]);
  expect(piecesOf('none', ' ')).toEqual([{ text: 'none', found: false }]);
});

test('steps go round', () => {
  expect(stepFrom([0, 2], -1, 1)).toBe(0);
  expect(stepFrom([0, 2], 0, 1)).toBe(2);
  expect(stepFrom([0, 2], 2, 1)).toBe(0);
  expect(stepFrom([0, 2], 0, -1)).toBe(2);
  expect(stepFrom([0, 2], 1, -1)).toBe(0);
  expect(stepFrom([], 1, 1)).toBeNull();
});
