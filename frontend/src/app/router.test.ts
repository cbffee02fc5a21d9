import { describe, expect, test } from 'vitest';
import { links } from '../ui/links';
import { routeOf, safeNext } from './router';

const id = 'abcdefghijklmnopqrstuvwxyz';
const at = (path: string) => routeOf(new URL(path, 'https://videos.example'));

describe('routeOf', () => {
  test.each([
    [links.home(), { name: 'home', query: '' }],
    [links.home('two words & more'), { name: 'home', query: 'two words & more' }],
    [links.upload(), { name: 'upload' }],
    [links.myVideos(), { name: 'my' }],
    [links.watch(id), { name: 'watch', id }],
    [links.login(), { name: 'login', next: '/' }],
    [links.login('/?q=a b'), { name: 'login', next: '/?q=a%20b' }],
    [links.register(links.watch(id)), { name: 'register', next: `/videos/${id}` }],
    ['/upload/', { name: 'upload' }],
    ['/videos/short', { name: 'missing' }],
    [`/videos/${id}/master.m3u8`, { name: 'missing' }],
    ['/api/docs', { name: 'missing' }],
  ])('%s', (path, route) => {
    expect(at(path)).toEqual(route);
  });
});

describe('safeNext', () => {
  test.each([
    null,
    '',
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:x',
  ])('never leaves the site: %s', (next) => {
    expect(safeNext(next)).toBe('/');
  });
});
