// The steering committee's table in a real browser: its secretary retains a proposal, the sums move as the ceiling is
// typed, what is typed survives a reload, the focus goes on; paper shows the table without any form.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const SECRETARY = 'solange.brouillon@region.example';

let server;

before(async () => (server = await Chantier.start()));
after(async () => {
  await closeBrowser();
  await server?.discard();
});

test('an arbitration is recorded, and the sums follow', async () => {
  const account = await Account.signIn(server, SECRETARY);
  const { files } = await account.json('GET', '/api/copil/table');
  const file = files.find((one) => one.proposal_id === 'pro-08') ?? files[0];
  const asked = file.requested[0];
  const visitor = await Visitor.arrive(server);
  await visitor.signIn(SECRETARY);
  const page = await visitor.open('/copil');
  await accessible(page, 'the table');
  const row = page.locator(`#dossier-${file.proposal_id}`);
  await row.getByRole('button', { name: /^Arbitrer/ }).press('Enter');
  const form = row.getByRole('form');
  await form.getByLabel('Retenue', { exact: true }).press('Space');
  const left = page.locator(`[data-left="${asked.code} ${asked.year}"]`);
  const before = await left.innerText();
  await form.getByLabel(/^Plafond/).first().fill('1000');
  assert.notEqual(await left.innerText(), before, 'the sum follows what is typed');
  await form.getByRole('button', { name: 'Enregistrer l’arbitrage' }).click();
  await form.getByText('Donnez le motif').waitFor();
  await form.getByLabel('Motif').fill('Le besoin est établi et le calendrier tenu.');
  await accessible(page, 'the unfolded form');
  await visitor.open('/copil');
  await row.getByRole('button', { name: /^Arbitrer/ }).click();
  assert.equal(await form.getByLabel('Motif').inputValue(), 'Le besoin est établi et le calendrier tenu.', 'kept over a reload');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await form.isVisible(), false, 'no form on paper');
  assert.equal(await row.getByRole('heading').first().isVisible(), true);
  await page.emulateMedia({ media: 'screen' });
  await form.getByLabel('Rang').selectOption('1');
  const lead = form.getByLabel('Direction pilote');
  if ((await lead.inputValue()) === '') await lead.selectOption({ index: 1 });
  await form.getByRole('button', { name: 'Enregistrer l’arbitrage' }).click();
  await page.getByText(/Arbitrage enregistré/).waitFor();
  await row.waitFor({ state: 'detached' });
  await until('it is at the Region', async () => (await account.json('GET', `/api/proposals/${file.proposal_id}`)).stage === 'at_region');
  await page.getByRole('heading', { name: 'Arbitrages de cette séance' }).waitFor();
  await wellMade(page, 'after an arbitration');
  await visitor.leave();
});
