import { expect, test } from 'vitest';
import { readChapters, writeChapters } from './chapter-lines';

const chapters = [
  { startSeconds: 0, title: 'Arrival' },
  { startSeconds: 20.5, title: '2:00 in the morning' },
  { startSeconds: 90, title: 'Feeding' },
  { startSeconds: 3600, title: 'Night' },
];

test('what is written is read again', () => {
  expect(writeChapters(chapters)).toBe(
    '0:00 Arrival\n0:20.5 2:00 in the morning\n1:30 Feeding\n1:00:00 Night',
  );
  expect(readChapters(writeChapters(chapters))).toEqual(chapters);
});

test('spaces and empty lines are no matter', () => {
  expect(readChapters('\n  0:00   One \n\n90:00 Two\n')).toEqual([
    { startSeconds: 0, title: 'One' },
    { startSeconds: 5400, title: 'Two' },
  ]);
  expect(readChapters(' ')).toEqual([]);
});

test.each([
  ['0:00 One\nTwo', 2],
  ['0:00', 1],
  ['0:00 One\n\n0:00 Again', 3],
  ['1:00 One\n0:30 Earlier', 2],
  ['0:75 One', 1],
  ['1:60:00 One', 1],
])('%j is refused at its line', (text, wrongLine) => {
  expect(readChapters(text)).toEqual({ wrongLine });
});
