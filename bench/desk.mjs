// How long the Region's desk of 300 files, among 5,000 proposals, takes in a real browser: from the first byte asked
// for until every file stands in its table, and from a letter in the search until the table answers.
// Usage: cargo build --release && CHANTIER_CHROMIUM="$(scripts/chromium.sh)" node bench/desk.mjs [runs]

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from '../scripts/binary.mjs';
import { chromium } from '../tests/support/packages.mjs';

const FILES = 300;
const runs = Number(process.argv[2] ?? 9);
const program = path.join(root, 'target/release/chantier');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chantier-desk-'));
const environment = { PATH: process.env.PATH, HOME: folder, CHANTIER_DATA: folder, CHANTIER_LISTEN: '127.0.0.1:0' };

const made = execFileSync(program, ['bench-documents', '5000', '--region', String(FILES)], { env: environment, encoding: 'utf8' });
const token = /^second (.+)$/m.exec(made)[1];
const server = spawn(program, ['serve'], { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
const url = await new Promise((resolve) => {
  let said = '';
  server.stdout.on('data', (text) => {
    const found = /listening on (\S+)/.exec((said += text));
    if (found) resolve(found[1]);
  });
});
const browser = await chromium.launch({ executablePath: process.env.CHANTIER_CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
const [opened, searched] = [[], []];
for (let run = 0; run < runs; run += 1) {
  const context = await browser.newContext({ baseURL: url, extraHTTPHeaders: { authorization: `Bearer ${token}` }, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const rows = (least, most) => page.waitForFunction(([from, to]) => {
    const found = document.querySelectorAll('main tbody tr').length;
    return found >= from && found <= to;
  }, [least, most]);
  let began = performance.now();
  await page.goto('/region', { waitUntil: 'commit' });
  await rows(FILES, FILES);
  opened.push(performance.now() - began);
  began = performance.now();
  await page.getByRole('searchbox').last().fill('BENCH-2026-CH1-00007');
  await rows(1, 1);
  searched.push(performance.now() - began);
  await context.close();
}
await browser.close();
server.kill('SIGTERM');
fs.rmSync(folder, { recursive: true, force: true });
const told = (name, values) => {
  const sorted = values.toSorted((a, b) => a - b);
  console.log(`${name}: ${Math.round(sorted[sorted.length >> 1])} ms (${Math.round(sorted[0])} to ${Math.round(sorted.at(-1))}), ${sorted.length} runs`);
};
told(`the Region's desk of ${FILES} files, opened in a browser`, opened);
told('one of them found by its number, 300 ms of waiting for the next letter included', searched);
