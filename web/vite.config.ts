import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

/** Where `chantier serve` listens while one works on the client with `npm run dev`. */
const server = process.env.CHANTIER_DEV_SERVER ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      emitTsDeclarations: true,
      strategy: ['localStorage', 'preferredLanguage', 'baseLocale'],
      localStorageKey: 'chantier.locale',
    }),
    sveltekit(),
  ],
  // The browsers that know `light-dark()`: the tokens are then left as they are written.
  build: {
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // What most pages share comes as one file: dozens of files of a few words each cost more in headers than in words.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'common', test: /src[\\/]lib[\\/](ui|api|i18n|paraglide)[\\/]/, minShareCount: 3 }],
        },
      },
    },
  },
  server: {
    proxy: {
      '/api': { target: server, changeOrigin: false },
      '/ws': { target: server, ws: true, changeOrigin: false },
    },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
    setupFiles: [],
    // Longer than any wait inside a test, so that a failure names what it waited for.
    testTimeout: 20_000,
  },
});
