import vue from '@vitejs/plugin-vue';
import { curfewDev } from 'curfew/dev/vite';
import { defineConfig } from 'vite';

export default defineConfig({ plugins: [vue(), curfewDev()] });
