import '../styles/main.css';
import { mount } from 'svelte';
import { language } from '../text/language.svelte';
import EmbedPage from './EmbedPage.svelte';
import { optionsOf } from './options';

const target = document.getElementById('embed');
if (!target) throw new Error('embed.html has no #embed');
// Not awaited here: the texts of a language may import from a file that this is part of.
void language.start().then(() =>
  mount(EmbedPage, {
    target,
    props: {
      id: /^\/embed\/([a-z2-7]{26})\/?$/.exec(location.pathname)?.[1] ?? null,
      options: optionsOf(new URLSearchParams(location.search)),
      refusal:
        document.querySelector<HTMLMetaElement>('meta[name="playhead-refusal"]')?.content ?? null,
    },
  }),
);
