import { createApp } from './app.ts';

await createApp({ tableName: 'sessions', siteUrl: 'https://app.example.com' }).listen({ port: 3000 });
