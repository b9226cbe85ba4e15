// The API's description and the web client's types follow the server: docs/openapi.json is what
// `chantier openapi` prints, web/src/lib/api/types.ts is made from it. Neither is edited by hand.
// Usage: node scripts/api.mjs            fails when one of them is behind
//        node scripts/api.mjs --write    writes both

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { binary, root } from './binary.mjs';

const description = path.join(root, 'docs', 'openapi.json');
const types = path.join(root, 'web', 'src', 'lib', 'api', 'types.ts');
const write = process.argv.includes('--write');

function describe() {
  // `make test` has just built it, with the tests: building it alone would compile every library anew.
  if (!process.env.CHANTIER_BINARY) execFileSync('cargo', ['build', '--quiet', '--locked', '--bin', 'chantier'], { cwd: root, stdio: 'inherit' });
  return `${execFileSync(binary(), ['openapi'], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).trimEnd()}\n`;
}

function typesOf(text) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chantier-types-'));
  try {
    const from = path.join(folder, 'openapi.json');
    const to = path.join(folder, 'types.ts');
    fs.writeFileSync(from, text);
    const tool = path.join(root, 'web', 'node_modules', 'openapi-typescript', 'bin', 'cli.js');
    execFileSync(process.execPath, [tool, from, '-o', to], { cwd: path.join(root, 'web'), stdio: ['ignore', 'ignore', 'inherit'] });
    return fs.readFileSync(to, 'utf8');
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

function settle(file, wanted) {
  const found = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (found === wanted) return true;
  if (!write) {
    console.error(`${path.relative(root, file)} is behind the server: run 'make types' and commit it.`);
    return false;
  }
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, wanted);
  console.log(`${path.relative(root, file)} is written.`);
  return true;
}

const text = describe();
const settled = [settle(description, text), settle(types, typesOf(text))];
if (settled.includes(false)) process.exit(1);
