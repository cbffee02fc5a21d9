import { describe, expect, test } from 'vitest';
import { LocalPositions } from './local-positions';
import { resumeAt, Viewing } from './viewing';

const id = 'abcdefghijklmnopqrstuvwxyz';

describe('resumeAt', () => {
  test.each([
    [null, 600, 0],
    [42, 600, 42],
    [42, null, 42],
    [569, 600, 569],
    [571, 600, 0],
    [589.5, 600, 0],
    [25, 60, 25],
    [51, 60, 0],
    [3, 8, 0],
  ])('%s of %s s', (left_seconds, duration_seconds, begin_seconds) => {
    expect(resumeAt(left_seconds, duration_seconds)).toBe(begin_seconds);
  });
});

function viewing(signedIn: boolean, durationSeconds: number | null = 600) {
  const world = {
    now_ms: 0,
    reports: [] as [number, number][],
    kept: new Map<string, number>(),
    reachable: true,
  };
  const tested = new Viewing(
    { id, durationSeconds },
    {
      signedIn,
      now_ms: () => world.now_ms,
      report: (position_seconds, watched_seconds) => {
        world.reports.push([position_seconds, watched_seconds]);
        return world.reachable ? Promise.resolve() : Promise.reject(new Error('away'));
      },
      local: {
        keep: (video, seconds) => world.kept.set(video, seconds),
        forget: (video) => world.kept.delete(video),
      },
    },
  );
  /** Plays on, at the usual speed. */
  const play = (from_seconds: number, to_seconds: number): void => {
    for (let seconds = from_seconds; seconds <= to_seconds; seconds += 0.25) {
      tested.at(seconds);
      world.now_ms += 250;
    }
  };
  return { ...world, world, tested, play };
}

test('the service hears after three seconds, then every ten, where somebody is, and when they leave', () => {
  const { world, tested, play } = viewing(true);
  play(100, 125);
  const places = [102.25, 112.25, 122.25];
  expect(world.reports.map(([position_seconds]) => position_seconds)).toEqual(places);
  tested.leave();
  tested.leave();
  expect(world.reports.map(([position_seconds]) => position_seconds)).toEqual([...places, 125]);
  expect(world.kept.size).toBe(0);
});

test('of somebody who is not signed in it hears of the view, and the device keeps the place', () => {
  const { world, tested, play } = viewing(false);
  play(0, 29);
  tested.leave();
  expect(world.reports).toEqual([]);
  expect(world.kept.get(id)).toBe(29);
  play(29, 80);
  tested.leave();
  expect(world.reports).toHaveLength(1);
  expect(world.reports[0]?.[1]).toBe(30);
  play(560, 575);
  expect(world.kept.size).toBe(0);
});

test('the same seconds again are no view, nor is a jump', () => {
  const { world, tested, play } = viewing(false);
  for (let turn = 0; turn < 5; turn++) play(0, 10);
  tested.at(200);
  tested.at(500);
  tested.leave();
  expect(world.reports).toEqual([]);
});

test('half of a short video is a view of it', () => {
  const { world, play } = viewing(false, 4);
  play(0, 3);
  expect(world.reports).toHaveLength(1);
  expect(world.reports[0]?.[1]).toBe(2);
});

test('where one only looked, or jumped without watching on, nothing is told', () => {
  const { world, tested, play } = viewing(true);
  tested.at(0);
  tested.leave();
  play(50, 52);
  tested.at(300);
  tested.at(0); // what is taken apart says so
  tested.leave();
  expect(world.reports).toEqual([[52, 2]]);
});

test('what could not be told is told with the next report', async () => {
  const { world, tested, play } = viewing(true);
  world.reachable = false;
  play(0, 31);
  await Promise.resolve();
  expect(world.reports.filter(([, watched_seconds]) => watched_seconds >= 30)).toHaveLength(1);
  world.reachable = true;
  tested.leave();
  await Promise.resolve();
  tested.leave();
  expect(world.reports.filter(([, watched_seconds]) => watched_seconds >= 30)).toHaveLength(2);
});

describe('LocalPositions', () => {
  function stored(text: string | null = null) {
    const items = new Map<string, string>();
    if (text !== null) items.set('playhead-positions', text);
    const positions = new LocalPositions({
      getItem: (key) => items.get(key) ?? null,
      setItem: (key, value) => items.set(key, value),
      removeItem: (key) => items.delete(key),
    });
    return { items, positions };
  }

  test('keeps the last hundred, and nothing of what is forgotten', () => {
    const { items, positions } = stored();
    for (let number = 0; number < 150; number++) positions.keep(`v${number}`, number);
    positions.keep('v60', 7);
    expect(positions.get('v60')).toBe(7);
    expect(positions.get('v49')).toBeNull();
    expect(positions.get('v50')).toBe(50);
    for (let number = 0; number < 150; number++) positions.forget(`v${number}`);
    expect(items.size).toBe(0);
  });

  test.each(['', '{', '7', '[[1,2],["a","b"],["c",-1],null]', 'null'])(
    'takes %s for nothing',
    (text) => {
      const { positions } = stored(text);
      expect(positions.get('c')).toBeNull();
      positions.keep('a', 1);
      expect(positions.get('a')).toBe(1);
    },
  );
});
