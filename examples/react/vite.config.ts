import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  // The session has to be on this origin, while developing, too.
  server: { proxy: { '/api': 'http://localhost:8080' } },
});
