import { svelte } from '@sveltejs/vite-plugin-svelte';
import { curfewDev } from 'curfew/dev/vite';
import { defineConfig } from 'vite';

export default defineConfig({ plugins: [svelte(), curfewDev()] });
