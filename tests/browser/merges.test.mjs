// Two owners of two chantiers make one of their proposals, in real browsers: one asks, both read them side by side,
// the last agreement makes it. The other's owner may not read the survivor before.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const RENAUD = 'renaud.factice@cci.example';
const VICTOR = 'victor.demo@golfe.example';
/** Renaud's, of CH2, with its opinion; Victor's, of CH7, being drafted. */
const [SURVIVOR, SOURCE] = ['pro-07', 'pro-02'];

let server;
let visitors = [];

before(async () => {
  server = await Chantier.start();
});
after(async () => {
  await closeBrowser();
  await server?.discard();
});
afterEach(async () => {
  const leaving = visitors;
  visitors = [];
  for (const visitor of leaving) await visitor.leave();
});

async function arrive(email, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  await visitor.signIn(email);
  return visitor;
}

test('two owners read their proposals side by side, and the last agreement makes one of them', async () => {
  const account = await Account.signIn(server, RENAUD);
  const sums = async (id) => (await account.json('GET', `/api/proposals/${id}`)).sheet;
  const [kept, joined] = [await sums(SURVIVOR), await sums(SOURCE)];

  const renaud = await arrive(RENAUD);
  await renaud.open(`/propositions/${SURVIVOR}`);
  const { page } = renaud;
  await page.getByRole('button', { name: 'Toutes les actions sur la proposition' }).click();
  await page.getByRole('menuitem', { name: 'Fusionner', exact: true }).click();
  await page.waitForURL(/\/fusionner$/);
  await page.getByRole('searchbox', { name: 'Chercher une proposition', exact: true }).fill('sous-traitance responsable');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /^Ajouter Charte de sous-traitance/ }).click();
  await page.getByRole('textbox', { name: 'Pourquoi les fusionner' }).fill('Les deux actions visent les mêmes entreprises.');
  await accessible(page, 'asking for a merge');
  await page.getByRole('button', { name: 'Demander la fusion' }).click();
  await page.waitForURL(/\/fusions\//);
  await renaud.settled();
  await accessible(page, 'a merge');
  await wellMade(page, 'a merge');
  await page.getByRole('button', { name: /J’ai lu/ }).click();
  await page.getByRole('button', { name: 'Donner mon accord' }).click();
  await page.getByText(/^Accord de Renaud Factice/).waitFor();

  const victor = await arrive(VICTOR, { width: 390, height: 844 });
  await victor.open('/bureau');
  const other = victor.page;
  await other.getByText('Votre avis est attendu sur une fusion').waitFor();
  await other.getByRole('link', { name: 'Lire côte à côte' }).click();
  await other.waitForURL(/\/fusions\//);
  await victor.settled();
  await wellMade(other, 'a merge on a phone');
  assert.equal(await other.getByRole('button', { name: 'Donner mon accord' }).count(), 0, 'one agrees to what one has read');
  await other.getByRole('button', { name: /J’ai lu/ }).click();
  await other.getByText('Votre accord est le dernier attendu').waitFor();
  await other.getByRole('button', { name: 'Donner mon accord' }).click();
  await other.getByRole('link', { name: 'Ouvrir la proposition qui reste' }).click();
  await other.waitForURL(new RegExp(`/propositions/${SURVIVOR}`));
  await victor.settled();
  await other.getByText('En discussion en commission').first().waitFor();

  // Side by side: nothing is added up, nothing is lost.
  const now = await sums(SURVIVOR);
  assert.equal(now.expenses.length, kept.expenses.length + joined.expenses.length);
  assert.equal(now.expenses_total_cents, kept.expenses_total_cents + joined.expenses_total_cents);
  const source = await account.json('GET', `/api/proposals/${SOURCE}`);
  assert.equal(source.stage, 'merged');
});
