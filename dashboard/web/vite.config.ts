/**
 * How the web app is built: one small page, charts in a chunk of their own that is fetched when a line is opened.
 * In development the API and the live socket are passed on to a dashboard server that runs beside it. Style sheets are
 * written in the design's pixels and come out in lengths that follow the reader's size of text; hairlines stay hairlines.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { rem } from './core/lengths.ts';

const server = 'http://127.0.0.1:8080';

const inRem = (text: string): string =>
  text.replace(/(?<![\w.])(-?[\d.]+)px\b/g, (length, px: string) => (Math.abs(Number(px)) <= 1 ? length : rem(Number(px))));

export default defineConfig({
  root: import.meta.dirname,
  plugins: [svelte({ configFile: false, compilerOptions: { runes: true } })],
  css: {
    postcss: {
      plugins: [
        {
          postcssPlugin: 'lengths-of-the-reader',
          Declaration: (declaration) => {
            declaration.value = inRem(declaration.value);
          },
          AtRule: {
            media: (rule) => {
              rule.params = inRem(rule.params);
            },
          },
        },
      ],
    },
  },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // Factory offices still run Windows 7, whose last Chromium is 109.
    target: ['chrome108', 'firefox110', 'safari16'],
  },
  server: { proxy: { '/api': server, '/socket.io': { target: server, ws: true } } },
});
