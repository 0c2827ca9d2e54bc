import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [vue()],
  // The session has to be on this origin, while developing, too.
  server: { proxy: { '/api': 'http://localhost:8080' } },
});
