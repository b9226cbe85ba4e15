// A version in real browsers: deposited, sealed by itself, read as a page, kept as a file; the page
// /verifier says that it is intact, then which byte is not - without a sign-in and without a server.

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { completeSheet } from '../support/sheet.mjs';
import { accessible, keyboardWalk, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const VICTOR = 'victor.demo@golfe.example';

let server;
let folder;
let visitors = [];

before(async () => {
  server = await Chantier.start();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chantier-versions-'));
});
after(async () => {
  await closeBrowser();
  await server?.discard();
  fs.rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  const leaving = visitors;
  visitors = [];
  for (const visitor of leaving) await visitor.leave();
});

async function arrive(options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  return visitor;
}

/** What a link downloads, kept under a name of ours. */
async function keep(page, link, name) {
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const file = path.join(folder, name);
  await download.saveAs(file);
  return file;
}

async function check(page, file) {
  await page.locator('input[type="file"]').setInputFiles(file);
  const sentence = page.locator('.notice').first();
  await sentence.waitFor();
  return (await sentence.innerText()).replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ');
}

/** Deposits pro-02, which the demonstration leaves in drafting; its id. */
async function deposited(victor) {
  const account = await Account.signIn(server, VICTOR);
  const writer = await new Writer(victor, 'pro-02').write();
  for (const section of ['Contexte', 'Description', 'Égalité']) await writer.type(section, ' Assez de mots pour que cette section puisse être déposée telle quelle.');
  await writer.saved();
  await completeSheet(account, 'pro-02');
  const proposal = await account.json('GET', '/api/proposals/pro-02');
  await account.json('POST', '/api/proposals/pro-02/transitions', { transition: 'T03', expected_version: proposal.version }, 201);
  return proposal.proposal_id;
}

test('a version is sealed, kept, and checked to the byte by anybody', async () => {
  const victor = await arrive();
  await victor.signIn(VICTOR);
  await victor.open('/propositions/pro-02?vue=versions');
  await victor.page.getByText('Aucune version pour l’instant').waitFor();
  await accessible(victor.page, 'no version');

  await deposited(victor);
  await victor.open('/propositions/pro-02?vue=versions');
  await victor.page.getByRole('heading', { name: 'Version 1 - Dépôt' }).waitFor();
  await victor.page.getByRole('link', { name: /Lire/ }).waitFor();
  await wellMade(victor.page, 'versions');
  await accessible(victor.page, 'versions');
  const file = await keep(victor.page, victor.page.getByRole('link', { name: /Télécharger \(JSON\)/ }), 'version.json');
  const dossier = await keep(victor.page, victor.page.getByRole('link', { name: 'Télécharger le dossier' }), 'dossier.zip');

  const [sealed] = await Promise.all([victor.page.waitForEvent('popup'), victor.page.getByRole('link', { name: /Lire/ }).click()]);
  await sealed.getByRole('heading', { level: 1 }).waitFor();
  await wellMade(sealed, 'the page of a version');
  await accessible(sealed, 'the page of a version');

  // Somebody without an account.
  const stranger = await arrive({ width: 320, height: 700 });
  await stranger.open('/verifier');
  await wellMade(stranger.page, 'checking');
  await keyboardWalk(stranger.page, 'checking');
  assert.match(await check(stranger.page, file), /^Cette version est intacte : version 1 de CREER-.*, scellée par la clé [0-9a-f]{16}\.\s+Cette clé est bien publiée/);
  await accessible(stranger.page, 'an intact version');
  // From here on there is no network: nothing is sent, and nothing needs to be.
  await stranger.context.setOffline(true);
  stranger.expects(/ERR_INTERNET_DISCONNECTED/);
  assert.match(await check(stranger.page, dossier), /^Ce dossier est intact : 1 version, 0 avis, \d+ actes, .*n’a pas pu être comparée/s);
  const bytes = fs.readFileSync(dossier);
  const at = bytes.indexOf('puisse') + 1;
  bytes[at] = 'U'.charCodeAt(0);
  fs.writeFileSync(dossier, bytes);
  assert.match(await check(stranger.page, dossier), /L’octet [\d ]+ de versions\/1\.json vaut « U » \(0x55\) au lieu de « u » \(0x75\)\./);
  await accessible(stranger.page, 'a changed dossier');
  await wellMade(stranger.page, 'a changed dossier');
});
