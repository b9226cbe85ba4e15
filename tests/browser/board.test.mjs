// The facilitator's board and "Mon bureau" in a real browser: the table, its order and its filters kept in
// the address, the acts by keyboard and by drag, what waits for each person; wide and on a phone.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

/** Runs CH5, and CH1. */
const INES = 'ines.prototype@region.example';
const YANIS = 'yanis.croquis@region.example';
const PHONE = { width: 390, height: 844 };

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

async function arrive(email, look) {
  const visitor = await Visitor.arrive(server, look);
  visitors.push(visitor);
  return visitor.signIn(email);
}

/** The titles of the table, in order. */
const titles = (page) => page.locator('tbody th a').allInnerTexts();

test('the table comes first; its order and its filters stay in the address', async () => {
  const visitor = await arrive(INES);
  const page = await visitor.open('/chantiers/CH5');
  const table = page.getByRole('table', { name: 'Propositions' });
  await table.waitFor();
  const all = await titles(page);
  assert.ok(all.length >= 3, `proposals: ${all}`);
  for (const row of await table.locator('tbody tr').all()) {
    assert.match(await row.locator('td[data-label="Attendu"]').innerText(), /\S+ – \S+|Personne n’est attendu/, 'one awaited party in words');
  }
  const days = page.getByRole('columnheader', { name: /Jours à cette étape/ });
  await days.getByRole('button').click();
  assert.equal(await days.getAttribute('aria-sort'), 'descending');
  await page.waitForURL(/tri=jours/);
  await page.getByLabel('Phase', { exact: true }).selectOption({ label: 'Comité de pilotage' });
  await page.waitForURL(/phase=copil/);
  assert.equal((await titles(page)).length, 1);
  await page.reload();
  await visitor.settled();
  assert.equal((await titles(page)).length, 1, 'kept over a reload');
  await page.getByRole('button', { name: 'Effacer les filtres' }).click();
  await page.getByLabel('Titre, numéro ou structure').fill('durance');
  await page.waitForURL(/texte=durance/);
  assert.match((await titles(page)).join(), /Durance/);
  await page.getByLabel('Titre, numéro ou structure').fill('rien de tel');
  await page.getByText('Aucune proposition ne répond à ces filtres.').waitFor();
});

test('the acts by keyboard alone: what may be done opens its dialog, the rest says why', async () => {
  const visitor = await arrive(YANIS);
  const page = await visitor.open('/chantiers/CH1');
  const trigger = page.getByRole('button', { name: /Actions sur.*Passerelles/ });
  await trigger.focus();
  await page.keyboard.press('ArrowDown');
  const open = page.getByRole('menuitem', { name: 'Ouvrir la discussion' });
  await open.waitFor();
  // What is impossible is there, too, and its dialog says why.
  await page.getByRole('menuitem', { name: /\(pourquoi/ }).last().press('Enter');
  await page.getByRole('dialog').getByText('Cet acte n’est pas possible maintenant').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  await trigger.focus();
  await page.keyboard.press('ArrowDown');
  await open.waitFor();
  await accessible(page, 'the menu of a row');
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'menuitem');
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Ouvrir la discussion' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
});

test('a card dragged to the next column opens the same dialog, and goes back when it is closed', async () => {
  const visitor = await arrive(YANIS);
  const page = await visitor.open('/chantiers/CH1?vue=colonnes');
  const card = page.getByRole('article').filter({ hasText: 'Passerelles' });
  const column = (phase) => page.locator(`[data-phase="${phase}"]`);
  await card.dragTo(column('commission'));
  const dialog = page.getByRole('dialog', { name: 'Ouvrir la discussion' });
  await dialog.waitFor();
  // Shown where it would go, behind the dialog; closed, back in its place.
  await column('commission').getByRole('article').filter({ hasText: 'Passerelles' }).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await column('drafting').getByRole('article').filter({ hasText: 'Passerelles' }).waitFor();
  await card.dragTo(column('region'));
  await page.getByText(/La carte a repris sa place\. Aucun acte ne mène ici/).waitFor();
  assert.equal(await page.getByRole('dialog').count(), 0);
  await accessible(page, 'the columns');
});

test('"Mon bureau": what waits, how long it takes, where it is done', async () => {
  const visitor = await arrive(YANIS);
  const page = await visitor.open('/bureau');
  await page.getByRole('heading', { name: 'Mon bureau', level: 1 }).waitFor();
  const item = page.getByRole('listitem').filter({ hasText: 'Passerelles' });
  await item.getByRole('heading', { name: /Ouvrir la discussion/ }).waitFor();
  assert.match(await item.innerText(), /30\s?min/);
  const link = item.getByRole('link', { name: /^Ouvrir la discussion/ });
  assert.equal(await link.getAttribute('href'), '/propositions/pro-03?acte=T04');
  const total = await page.getByRole('main').getByRole('listitem').count();
  await page.getByRole('banner').getByRole('link', { name: new RegExp(`Mon bureau.*${total}`) }).waitFor();
  assert.equal(await page.locator('main .button.filled').count(), 1, 'one filled button');
  await accessible(page, '/bureau');
  await page.getByRole('button', { name: 'Mes 10 minutes' }).click();
  await page.waitForURL(/minutes=10/);
  await page.getByText(/dix minutes/).waitFor();
});

test('on a phone: the table in blocks, the desk in the bottom bar', async () => {
  const visitor = await arrive(INES, PHONE);
  for (const address of ['/chantiers/CH5', '/chantiers/CH5?vue=colonnes', '/bureau']) {
    const page = await visitor.open(address);
    await accessible(page, `${address} at 390 px`);
    await wellMade(page, `${address} at 390 px`);
  }
  await visitor.page.getByRole('navigation', { name: 'Navigation principale' }).getByRole('link', { name: /Mon bureau/ }).waitFor();
});

test('what another does reaches the open board and desk within seconds', async () => {
  const [board, desk] = [await arrive(YANIS), await arrive(YANIS)];
  await board.open('/chantiers/CH1');
  await desk.open('/bureau');
  const row = board.page.getByRole('row').filter({ hasText: 'Passerelles' });
  await row.getByText('Déposée', { exact: false }).first().waitFor();
  const account = await Account.signIn(server, YANIS);
  const { version } = await account.json('GET', '/api/proposals/pro-03');
  await account.json('POST', '/api/proposals/pro-03/transitions', { transition: 'T04', expected_version: version, in_scope: true, is_complete: true }, 201);
  await row.getByText('En discussion en commission').waitFor();
  await desk.page.getByRole('heading', { name: 'Ouvrir la discussion' }).waitFor({ state: 'hidden' });
});
