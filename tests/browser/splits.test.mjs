// A proposal split in two, in real browsers: its owner plans where every row goes, its facilitator agrees on a phone,
// and somebody who was not there reads on both sides what became of it.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const [OWNER, FACILITATOR, READER] = ['joelle.hypothese@ess-mistral.example', 'hugo.maquette@region.example', 'tomas.essai@etabli-commun.example'];
const PROPOSAL = 'pro-05';
const TITLES = ['Centrale d’achats des communes', 'Appui juridique aux achats'];

let server;
let visitors = [];

before(async () => (server = await Chantier.start()));
after(async () => {
  await closeBrowser();
  await server?.discard();
});
afterEach(async () => {
  const leaving = visitors;
  visitors = [];
  for (const visitor of leaving) await visitor.leave();
});

async function arrive(email, at, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  await visitor.signIn(email);
  await visitor.open(at);
  return visitor;
}

test('a proposal is split in two: no row is lost, and its story can be read on both sides', async () => {
  const owner = await arrive(OWNER, `/propositions/${PROPOSAL}`);
  const { page } = owner;
  await page.getByRole('button', { name: 'Toutes les actions sur la proposition' }).click();
  await page.getByRole('menuitem', { name: 'Scinder', exact: true }).click();
  await page.waitForURL(/\/scinder$/);
  await owner.settled();
  await accessible(page, 'planning a split');
  await wellMade(page, 'planning a split');
  for (const [at, title] of TITLES.entries()) await page.getByLabel('Titre', { exact: false }).nth(at).fill(title);
  // Those that place a row, not those that choose a porteur.
  const rows = page.locator('select').filter({ has: page.locator('option', { hasText: TITLES[0] }) });
  const count = await rows.count();
  assert.ok(count >= 6, `${count} rows to place`);
  // Sent too early, it says what is missing; then each row gets its place, one of them none.
  await page.getByRole('button', { name: 'Demander la scission' }).click();
  for (let at = 0; at < count - 1; at += 1) await rows.nth(at).selectOption({ label: TITLES[at % 2] });
  await rows.nth(count - 1).selectOption({ index: 3 });
  await page.getByLabel('Motif de l’abandon').fill('Ces emplois existent déjà.');
  await page.getByRole('button', { name: 'Demander la scission' }).click();
  await page.getByRole('button', { name: 'Retirer la demande' }).waitFor();
  await accessible(page, 'a split that is asked for');

  const facilitator = await arrive(FACILITATOR, '/bureau', { width: 390, height: 844 });
  const phone = facilitator.page;
  await phone.getByText('Centrale d’achats responsables pour les communes rurales').first().waitFor();
  await facilitator.open(`/propositions/${PROPOSAL}`);
  await phone.getByRole('button', { name: /Scinder/ }).click();
  await phone.waitForURL(/\/scinder$/);
  await facilitator.settled();
  await wellMade(phone, 'a split on a phone');
  await accessible(phone, 'a split on a phone');
  await phone.getByText('Ces emplois existent déjà.').first().waitFor();
  await phone.getByRole('button', { name: 'Donner mon accord' }).click();
  await phone.waitForURL(new RegExp(`/propositions/${PROPOSAL}$`));
  await phone.getByText('Scindée').first().waitFor();

  // Somebody of the commission who was not there: from the parent to a child and back, and what was left out.
  const account = await Account.signIn(server, READER);
  const reader = await arrive(READER, `/propositions/${PROPOSAL}`);
  const { page: reading } = reader;
  await reading.getByRole('link', { name: TITLES[0] }).first().waitFor();
  await accessible(reading, 'a proposal that was split');
  await reading.getByRole('link', { name: TITLES[0] }).first().click();
  await reading.getByRole('heading', { level: 1, name: TITLES[0] }).waitFor();
  await reading.getByRole('link', { name: 'Centrale d’achats responsables pour les communes rurales' }).first().waitFor();
  const child = new URL(reading.url()).pathname.split('/').pop();
  const parent = (await account.json('GET', `/api/proposals/${PROPOSAL}`)).sheet;
  const first = (await account.json('GET', `/api/proposals/${child}`)).sheet;
  assert.ok(first.expenses.length < parent.expenses.length && first.expenses.length > 0, 'its own rows only');
  await until('its text is written', async () => (await account.json('GET', `/api/proposals/${child}`)).document_id !== null);
});
