import '../styles/main.css';
import { mount } from 'svelte';
import { language } from '../text/language.svelte';
import App from './App.svelte';
import { prepareForOffline } from './offline';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
prepareForOffline();
// Not awaited here: the texts of a language import from the file that this is part of.
void language.start().then(() => mount(App, { target }));
