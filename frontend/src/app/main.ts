import '../styles/main.css';
import { mount } from 'svelte';
import { language } from '../text/language.svelte';
import App from './App.svelte';
import { prepareForOffline } from './offline';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
prepareForOffline();
await language.start();
mount(App, { target });
