import '../styles/main.css';
import { mount } from 'svelte';
import { language } from '../text/language.svelte';
import App from './App.svelte';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
await language.start();
mount(App, { target });
