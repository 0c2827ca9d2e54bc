import { memoryStore } from 'curfew/server';
import { createApp } from './app.ts';

const siteUrl = 'http://localhost:3000';
createApp({ siteUrl, store: memoryStore() }).listen(3000, 'localhost', () => console.log(siteUrl));
