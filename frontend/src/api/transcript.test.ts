import { describe, expect, test } from 'vitest';
import { linesOf, tracksOf } from './transcript';

describe('tracksOf', () => {
  test('takes the text tracks and nothing else, names with commas included', () => {
    const master = [
      '#EXTM3U',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="English",URI="a0/index.m3u8"',
      '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="German, for all",LANGUAGE="de",DEFAULT=NO,URI="captions/x/index.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=1,SUBTITLES="captions"',
      'v360/index.m3u8',
    ].join('\n');
    expect(tracksOf(master)).toEqual([
      { uri: 'captions/x/index.m3u8', label: 'German, for all', language: 'de' },
    ]);
  });
});

describe('linesOf', () => {
  test('reads times and plain text', () => {
    const file =
      'WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n' +
      '00:00:00.500 --> 00:00:01.000 line:0\n<i>Quokka</i> &amp; friends\n\n' +
      '01:02:03.250 --> 01:02:04.000\n<v Ada>Look:\n&lt;b&gt;</v>\n';
    expect(linesOf(file)).toEqual([
      { startSeconds: 0.5, endSeconds: 1, text: 'Quokka & friends' },
      { startSeconds: 3723.25, endSeconds: 3724, text: 'Ada: Look: <b>' },
    ]);
  });

  test('of nothing there is nothing', () => {
    expect(linesOf('WEBVTT\n')).toEqual([]);
  });
});
