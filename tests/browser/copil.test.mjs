// The steering committee's table in a real browser: its secretary retains a proposal, the sums move as the ceiling is
// typed, what is typed survives a reload, the focus goes on; paper shows the table without any form.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, keyboardWalk, wellMade } from './support/checks.mjs';
import { dayFrom } from './support/days.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const SECRETARY = 'solange.brouillon@region.example';

let server;

before(async () => (server = await Chantier.start()));
after(async () => {
  await closeBrowser();
  await server?.discard();
});

test('two of the secretariat record at once: a cut line and a reload lose no word, and no arbitration passes unseen', async () => {
  const account = await Account.signIn(server, SECRETARY);
  const table = () => account.json('GET', '/api/copil/table');
  const file = (await table()).files.find((one) => one.proposal_id === 'pro-08');
  const phone = await Visitor.arrive(server, { width: 390, height: 844 });
  phone.expects(/ERR_INTERNET_DISCONNECTED|409/);
  await phone.signIn(SECRETARY);
  const page = await phone.open('/copil');
  await wellMade(page, 'the table on a phone');
  await keyboardWalk(page, 'the table on a phone');
  const row = page.locator(`#dossier-${file.proposal_id}`);
  await row.getByRole('button', { name: /^Arbitrer/ }).focus();
  await page.keyboard.press('Enter');
  const form = row.getByRole('form');
  // The keyboard alone: the advice has the focus; down two, then on to the motive.
  await form.getByRole('radio', { name: 'Retenue', exact: true }).press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await form.getByRole('radio', { name: 'En réserve' }).isChecked(), true);
  await page.keyboard.press('Tab');
  await page.keyboard.type('Le plan de financement attend l’État.');
  await wellMade(page, 'the form on a phone');
  await accessible(page, 'the form on a phone');
  await phone.context.setOffline(true);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await form.getByText(/Votre saisie est conservée/).waitFor();
  await phone.context.setOffline(false);
  await page.reload();
  await phone.settled();
  await row.getByRole('button', { name: /^Arbitrer/ }).click();
  assert.equal(await form.getByLabel('Motif').inputValue(), 'Le plan de financement attend l’État.', 'kept over the cut and the reload');

  // Meanwhile the other records; the phone hears of it and asks to read again, then records its own.
  await phone.context.setOffline(true);
  const body = { transition: 'T17', expected_version: file.version, arbitrated_on: dayFrom(0), motive: 'Noté en séance.' };
  await account.json('POST', `/api/proposals/${file.proposal_id}/transitions`, body, 201);
  await phone.context.setOffline(false);
  await form.getByText(/a changé pendant votre saisie/).waitFor();
  assert.equal(await form.getByLabel('Motif').inputValue(), 'Le plan de financement attend l’État.');
  await form.getByRole('button', { name: 'Enregistrer l’arbitrage' }).click();
  await page.getByText(/Arbitrage enregistré|Dernier arbitrage/).first().waitFor();
  await until('both are recorded', async () => (await table()).recorded.filter((one) => one.proposal_id === file.proposal_id).length === 2);
  // Twice in reserve: the third time is refused before it is tried.
  await row.getByRole('button', { name: /^Arbitrer/ }).click();
  assert.equal(await form.getByRole('radio', { name: 'En réserve' }).isDisabled(), true);
  await phone.leave();
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
  // Another window has the same file open: it will say that it is settled, and give back what was typed.
  const other = await visitor.context.newPage();
  await other.goto('/copil');
  await other.locator(`#dossier-${file.proposal_id}`).getByRole('button', { name: /^Arbitrer/ }).click();
  await other.getByRole('form').getByRole('radio', { name: 'Non retenue' }).check();
  await other.getByRole('form').getByLabel('Motif').fill('Un motif à ne pas perdre.');
  await page.bringToFront();
  const lead = form.getByLabel('Direction pilote');
  if ((await lead.inputValue()) === '') await lead.selectOption({ index: 1 });
  await form.getByRole('button', { name: 'Enregistrer l’arbitrage' }).click();
  await page.getByText(/Arbitrage enregistré/).waitFor();
  await row.waitFor({ state: 'detached' });
  await until('it is at the Region', async () => (await account.json('GET', `/api/proposals/${file.proposal_id}`)).stage === 'at_region');
  await page.getByRole('heading', { name: 'Arbitrages de cette séance' }).waitFor();
  await wellMade(page, 'after an arbitration');
  await other.bringToFront();
  visitor.expects(/409/);
  const record = other.getByRole('button', { name: 'Enregistrer l’arbitrage' });
  if (await record.isVisible()) await record.click({ timeout: 5_000 }).catch(() => {});
  await other.getByText(/n’attend plus d’arbitrage/).waitFor();
  await other.getByText('Un motif à ne pas perdre.').waitFor();
  await visitor.leave();
});

test('the secretary plans a session: it is listed with the day by which its members are convened', async () => {
  const visitor = await Visitor.arrive(server);
  await visitor.signIn(SECRETARY);
  const page = await visitor.open('/copil');
  await page.getByRole('button', { name: 'Planifier une séance du comité' }).click();
  const dialog = page.getByRole('dialog', { name: 'Planifier une réunion' });
  await dialog.getByLabel('Jour').fill(dayFrom(60));
  await dialog.getByRole('button', { name: 'Planifier une réunion' }).click();
  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Comité de pilotage', exact: true }) });
  await row.getByText(/^Convocation à envoyer au plus tard le /).waitFor();
  await accessible(page, 'the sessions');
  await row.getByRole('button', { name: 'Annuler la réunion « Comité de pilotage »' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Annuler la réunion' }).click();
  await row.waitFor({ state: 'detached' });
  await visitor.leave();
});
