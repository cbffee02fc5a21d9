import { expect, test } from 'vitest';
import { placed, type CuePlace } from './cues';

const cue = (line: CuePlace['line'], snapToLines = true): CuePlace => ({
  line,
  snapToLines,
  align: 'center',
});

test('cues without a wish stand together at the bottom', () => {
  const both = [cue('auto'), cue('auto')];
  expect(placed(both)).toEqual([{ edge: 'bottom', inset: 0, cues: both }]);
});

test.each([
  ['the last line', cue(-1), 'bottom', 0],
  ['the last but one', cue(-2), 'bottom', 0.0633],
  ['the first line', cue(0), 'top', 0],
  ['a tenth from the top', cue(10, false), 'top', 0.1],
  ['a line at 90 % ends where there is room for it', cue(90, false), 'bottom', 0.0367],
  ['the very bottom', cue(100, false), 'bottom', 0],
  ['outside', cue(-400), 'bottom', 0.8],
])('%s', (_name, one, edge, inset) => {
  const [group] = placed([one]);
  expect(group?.edge).toBe(edge);
  expect(group?.inset).toBeCloseTo(inset, 5);
});

test('what is said at the top does not move what is said at the bottom', () => {
  expect(placed([cue('auto'), cue(0), cue('auto')]).map(({ cues }) => cues.length)).toEqual([2, 1]);
});
