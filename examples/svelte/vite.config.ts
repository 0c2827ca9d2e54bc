import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [svelte()],
  // The session has to be on this origin, while developing, too.
  server: { proxy: { '/api': 'http://localhost:8080' } },
});
