import { createApp } from './app.ts';

createApp({ tableName: 'sessions', siteUrl: 'https://app.example.com' }).listen(3000);
