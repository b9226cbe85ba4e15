import fs from 'node:fs';
import path from 'node:path';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';

/** Where `chantier serve` listens while one works on the client with `npm run dev`. */
const server = process.env.CHANTIER_DEV_SERVER ?? 'http://127.0.0.1:8080';

/** What most pages share. */
const COMMON = /src[\\/]lib[\\/](ui|api|i18n|paraglide)[\\/]/;
/** Why things are refused: loaded with the first refusal, or with a dialog that explains one. */
const REFUSALS = refusals('src/lib');

/** The tables of refusals, with the sentences that nothing else says. */
function refusals(folder: string): RegExp {
  const tables = ['sentences.ts', 'guards.ts', 'rules.ts'].map((name) => path.join(folder, 'i18n', name));
  const said = (file: string): string[] => [...fs.readFileSync(file, 'utf8').matchAll(/\bm\.(\w+)/g)].map(([, key]) => key ?? '');
  const sources = fs.readdirSync('src', { recursive: true, encoding: 'utf8' }).map((name) => path.join('src', name));
  const others = sources.filter((name) => /\.(ts|svelte)$/.test(name) && !/\.test\.ts$/.test(name) && !name.includes('paraglide') && !tables.includes(name));
  const elsewhere = new Set(others.flatMap(said));
  const own = [...new Set(tables.flatMap(said))].filter((key) => !elsewhere.has(key));
  return new RegExp(`src[\\\\/]lib[\\\\/](i18n[\\\\/](sentences|guards|rules)\\.ts|paraglide[\\\\/]messages[\\\\/](${own.join('|')})\\.js)$`);
}

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
          groups: [
            { name: 'common', test: (id) => COMMON.test(id) && !REFUSALS.test(id), minShareCount: 3, priority: 2 },
            { name: 'refusals', test: REFUSALS, priority: 1 },
          ],
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
