import { describe, expect, test } from 'vitest';
import { links } from '../ui/links';
import { noFilters } from '../ui/search-filters';
import { routeOf, safeNext } from './router';

const id = 'abcdefghijklmnopqrstuvwxyz';
const at = (path: string) => routeOf(new URL(path, 'https://videos.example'));

describe('routeOf', () => {
  test.each([
    [links.home(), { name: 'home', query: '', filters: noFilters, list: 'all' }],
    [
      links.home('two words & more'),
      { name: 'home', query: 'two words & more', filters: noFilters, list: 'all' },
    ],
    [links.shared(), { name: 'home', query: '', filters: noFilters, list: 'shared' }],
    [links.shared('a&b'), { name: 'home', query: 'a&b', filters: noFilters, list: 'shared' }],
    [
      links.home('a', {
        length: 'short',
        since: 'week',
        captions: true,
        owner: id,
        tag: 'C# & co',
      }),
      {
        name: 'home',
        query: 'a',
        filters: { length: 'short', since: 'week', captions: true, owner: id, tag: 'C# & co' },
        list: 'all',
      },
    ],
    [
      links.tag('sea'),
      { name: 'home', query: '', filters: { ...noFilters, tag: 'sea' }, list: 'all' },
    ],
    [
      '/?length=toString&since=ever&captions=yes&owner=me',
      { name: 'home', query: '', filters: noFilters, list: 'all' },
    ],
    [links.person(id), { name: 'person', id }],
    ['/people/short', { name: 'missing' }],
    [links.watch(id, 83.7), { name: 'watch', id, share: null }],
    [links.upload(), { name: 'upload' }],
    [links.myVideos(), { name: 'my' }],
    [links.history(), { name: 'history' }],
    [links.watchLater(), { name: 'later' }],
    [links.watch(id), { name: 'watch', id, share: null }],
    [`${links.watch(id)}#share=abc234`, { name: 'watch', id, share: 'abc234' }],
    [`${links.watch(id)}#share=`, { name: 'watch', id, share: null }],
    [links.settings(), { name: 'settings' }],
    [links.forgot(), { name: 'forgot' }],
    ['/reset#token=t-1', { name: 'reset', token: 't-1' }],
    ['/reset?token=t-1', { name: 'reset', token: '' }],
    [links.admin(), { name: 'admin', tab: 'users', actorId: '' }],
    [links.invitations(), { name: 'admin', tab: 'invitations', actorId: '' }],
    [links.audit(), { name: 'admin', tab: 'audit', actorId: '' }],
    [links.audit('u&1'), { name: 'admin', tab: 'audit', actorId: 'u&1' }],
    [links.login(), { name: 'login', next: '/' }],
    [links.login('/?q=a b'), { name: 'login', next: '/?q=a%20b' }],
    [links.register(links.watch(id)), { name: 'register', next: `/videos/${id}`, key: {} }],
    ['/register?invitation=i-1', { name: 'register', next: '/', key: { invitation: 'i-1' } }],
    ['/register?setup=s-1', { name: 'register', next: '/', key: { setup: 's-1' } }],
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
