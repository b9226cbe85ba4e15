// Installs the web client's packages when the lock file changed and builds the client when its
// sources changed. Does nothing, in well under a second, when both are up to date.
// Usage: node scripts/web.mjs [--install-only]

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './binary.mjs';

const web = path.join(root, 'web');
const packages = path.join(web, 'node_modules');
const lockStamp = path.join(packages, '.chantier-lock');
const buildStamp = path.join(packages, '.chantier-build');
/** What is made from the sources, not a source. */
const made = new Set(['node_modules', 'build', '.svelte-kit', 'coverage', 'paraglide', 'test-results']);

function files(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !made.has(entry.name))
    .flatMap((entry) => {
      const at = path.join(folder, entry.name);
      if (entry.isDirectory()) return files(at);
      return entry.isFile() ? [at] : [];
    })
    .sort();
}

function digest(list) {
  const hash = createHash('sha256');
  for (const file of list) hash.update(path.relative(web, file)).update('\0').update(fs.readFileSync(file)).update('\0');
  return hash.digest('hex');
}

const read = (file) => (fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '');

function npm(sentence, ...words) {
  console.log(sentence);
  // Pages of file sizes help nobody: what the tool says is shown when it fails.
  const ended = spawnSync('npm', words, { cwd: web, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (ended.status === 0) return;
  console.error(`${ended.stdout ?? ''}${ended.stderr ?? ''}${ended.error?.message ?? ''}\nnpm ${words.join(' ')} failed in web/ (see above).`);
  process.exit(1);
}

const lock = `${digest([path.join(web, 'package.json'), path.join(web, 'package-lock.json')])} node ${process.versions.modules}`;
if (read(lockStamp) !== lock) {
  npm('Installing the web client\'s packages...', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
  fs.writeFileSync(lockStamp, lock);
}
if (process.argv.includes('--install-only')) process.exit(0);

const sources = digest(files(web));
const built = path.join(web, 'build', 'index.html');
if (read(buildStamp) !== sources || !fs.existsSync(built)) {
  npm('Building the web client...', 'run', 'build', '--silent');
  if (!fs.existsSync(built)) {
    console.error('The web build made no web/build/index.html.');
    process.exit(1);
  }
  fs.writeFileSync(buildStamp, sources);
}
