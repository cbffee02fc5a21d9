import { beforeEach, expect, test, vi } from 'vitest';
import { Commands } from './commands.svelte';
import type { Said } from './said.svelte';
import type { VpVideo } from './vp-video';

const track = (language: string, label: string) => ({ language, label }) as TextTrack;
const captions = [track('en', 'English'), track('de', 'Deutsch'), track('de', 'Für Gehörlose')];

/** The player of a video with these captions. */
function player() {
  const choices = { captions, caption: null as TextTrack | null };
  const video = {
    choices,
    chooseCaption: (chosen: TextTrack | null) => void (choices.caption = chosen),
  } as unknown as VpVideo;
  const commands = new Commands(
    {
      video: () => video,
      controller: () => null,
      choices: () => video.choices,
      address: () => undefined,
      ontheatre: () => undefined,
      onhelp: () => undefined,
    },
    { say: () => undefined } as unknown as Said,
  );
  const toggled = () => {
    commands.toggleCaptions();
    return choices.caption?.label ?? null;
  };
  const choose = (chosen: TextTrack | null) => {
    commands.prefer({ captions: chosen?.language ?? null });
    video.chooseCaption(chosen);
  };
  return { toggled, choose };
}

beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal('navigator', { language: 'en-GB' });
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  });
});

test('captions that nobody chose are in the language of the browser', () => {
  const { toggled } = player();
  expect([toggled(), toggled(), toggled()]).toEqual(['English', null, 'English']);
});

test.each(captions.slice(1))('captions that were chosen come back', (chosen) => {
  const { toggled, choose } = player();
  choose(chosen);
  expect([toggled(), toggled()]).toEqual([null, chosen.label]);
});

test('captions that were chosen and switched off in the menu come back, not those before', () => {
  const { toggled, choose } = player();
  expect([toggled(), toggled()]).toEqual(['English', null]);
  choose(track('de', 'Deutsch'));
  choose(null);
  expect(toggled()).toBe('Deutsch');
});

test('and on another page in the language that was chosen', () => {
  const before = player();
  before.choose(track('de', 'Deutsch'));
  before.toggled();
  expect(player().toggled()).toBe('Deutsch');
});
