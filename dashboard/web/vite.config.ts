/**
 * How the web app is built: one small page, charts in a chunk of their own that is fetched when a line is opened.
 * In development the API and the live socket are passed on to a dashboard server that runs beside it.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const server = 'http://127.0.0.1:8080';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Factory offices still run Windows 7, whose last Chromium is 109.
    target: ['chrome108', 'firefox110', 'safari16'],
  },
  server: { proxy: { '/api': server, '/socket.io': { target: server, ws: true } } },
});
