import '../styles/main.css';
import { mount } from 'svelte';
import { expectToWatch, session } from '../api';
import { language } from '../text/language.svelte';
import App from './App.svelte';
import { prepareForOffline } from './offline';
import { routeOf } from './router';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
prepareForOffline();
void askFirst();
addEventListener('online', () => {
  // If this fails, it is tried again later.
  if (session.person === null) void session.renew().catch(() => undefined);
});
// Not awaited here: the texts of a language import from the file that this is part of.
void language.start().then(() => mount(App, { target }));

/**
 * Before anything is drawn: the way to the services and back takes longer than drawing. Without an
 * answer the pages say what they miss.
 */
async function askFirst(): Promise<void> {
  try {
    await session.renew();
  } catch {
    session.known = true;
  }
  const route = routeOf(new URL(location.href));
  if (route.name === 'watch' && route.share === null) expectToWatch(route.id);
}
