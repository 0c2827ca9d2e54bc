import react from '@vitejs/plugin-react';
import { curfewDev } from 'curfew/dev/vite';
import { defineConfig } from 'vite';

export default defineConfig({ plugins: [react(), curfewDev()] });
