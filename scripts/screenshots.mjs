// Takes the pictures of docs/screenshots/ from the demonstration: the main pages at 1440 and 390
// pixels in light, two in dark, and two people writing in one paragraph. Needs a build.
// Usage: node scripts/screenshots.mjs

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './binary.mjs';

/** A picture in the repository stays small. */
const LIMIT_BYTES = 300_000;
const folder = path.join(root, 'docs', 'screenshots');

process.env.CHANTIER_CHROMIUM ??= execFileSync(path.join(root, 'scripts', 'chromium.sh'), { encoding: 'utf8' }).trim();
const { Chantier } = await import('../tests/support/chantier.mjs');
const { closeBrowser, Visitor } = await import('../tests/browser/support/visitor.mjs');
const { Writer } = await import('../tests/browser/support/writer.mjs');

const VICTOR = 'victor.demo@golfe.example';
const INES = 'ines.prototype@region.example';
const RENAUD = 'renaud.factice@cci.example';
const PAGES = [
  ['connexion', '/connexion', null],
  ['programme', '/', VICTOR],
  ['chantier', '/chantiers/CH5', INES],
  ['proposition', '/propositions/pro-14', VICTOR],
  ['bureau', '/bureau', INES],
  ['versions', '/propositions/pro-14?vue=versions', INES]
];
const LOOKS = [
  ['1440', { width: 1440, height: 900 }],
  ['390', { width: 390, height: 844 }],
  ['sombre', { width: 1440, height: 900, dark: true }]
];
/** Pages also shown in dark. */
const DARK = new Set(['programme', 'proposition']);
/** Pages shown on a desk only. */
const WIDE = new Set(['bureau', 'versions']);

async function take(page, name) {
  const file = path.join(folder, `${name}.png`);
  await page.evaluate(() => document.fonts.ready);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: file, animations: 'disabled', caret: 'hide', scale: 'css' });
  const bytes = fs.statSync(file).size;
  console.log(`${path.relative(root, file)}: ${Math.round(bytes / 1000)} kB`);
  if (bytes > LIMIT_BYTES) throw new Error(`${name}.png has ${bytes} bytes, ${LIMIT_BYTES} at most`);
}

fs.mkdirSync(folder, { recursive: true });
const server = await Chantier.start();
try {
  for (const [look, options] of LOOKS) {
    for (const [name, address, who] of PAGES) {
      if ((look === 'sombre' && !DARK.has(name)) || (look === '390' && WIDE.has(name))) continue;
      const visitor = await Visitor.arrive(server, options);
      if (who) await visitor.signIn(who);
      await take(await visitor.open(address), `${name}-${look}`);
      await visitor.context.close();
    }
  }
  const [one, two] = await Promise.all([VICTOR, RENAUD].map(async (email) => (await Visitor.arrive(server)).signIn(email)));
  const [mine, theirs] = [await new Writer(one, 'pro-02').write(), await new Writer(two, 'pro-02').write()];
  await theirs.type('Contexte', ' Les sous-traitants attendent parfois quatre mois leur paiement.');
  await mine.sees('Contexte', 'quatre mois');
  await mine.type('Contexte', ' La charte les ramène à trente jours.');
  await Promise.all([mine.saved(), theirs.saved()]);
  await mine.section('Contexte').scrollIntoViewIfNeeded();
  await take(mine.page, 'redaction-1440');
} finally {
  await closeBrowser();
  await server.discard();
}
