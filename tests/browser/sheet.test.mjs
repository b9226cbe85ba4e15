// The structured sections in real browsers: two people in one budget, what is missing to deposit, the
// keyboard, a phone.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { completeSheet } from '../support/sheet.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const VICTOR = 'victor.demo@golfe.example';
const RENAUD = 'renaud.factice@cci.example';
const PROPOSAL = 'pro-02';
/** A conflict is an answer like another; the browser shows it as an error. */
const CONFLICT = /409 \(Conflict\)/;

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

async function writing(email, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  await visitor.signIn(email);
  await visitor.open(`/propositions/${PROPOSAL}?rediger`);
  await visitor.page.getByRole('textbox', { name: /Texte de la section/ }).first().waitFor();
  return visitor.page;
}

const row = (page, name) => page.getByRole('group', { name, exact: true });
const amount = (page, name) => row(page, name).getByLabel('Montant');
const shown = (field, text) => until(`the field shows ${text}`, async () => (await field.inputValue()).replace(/[\u00a0\u202f]/g, ' ') === text);
const sheetOf = async () => (await (await Account.signIn(server, VICTOR)).json('GET', `/api/proposals/${PROPOSAL}/sheet`)).sheet;

test('two people in one budget: rows appear, a conflict shows both values, totals follow the keys', async () => {
  const [one, two] = [await writing(VICTOR), await writing(RENAUD)];
  visitors[1].expects(CONFLICT);
  // An account that does not go with its nature is refused on purpose.
  visitors[0].expects(/422 \(Unprocessable/);
  await one.locator('#funding').getByText(/Le plan de financement \(112\s000\s€\) n’est pas égal au budget \(118\s000\s€\)/).waitFor();

  // As one types, before anything is saved.
  await amount(one, 'Financement 3').fill('18 000,00');
  await one.locator('#funding').getByText('Le plan de financement égale le budget.').waitFor();
  await one.keyboard.press('Escape');
  await shown(amount(one, 'Financement 3'), '12 000 €');

  await amount(two, 'Dépense 1').fill('60 000');
  await amount(one, 'Dépense 1').fill('58 500,5');
  await row(one, 'Dépense 1').getByLabel('Poste').focus();
  await row(one, 'Dépense 2').getByLabel('Poste').focus();
  await row(one, 'Dépense 1').getByText('Enregistré', { exact: true }).waitFor();
  await shown(amount(one, 'Dépense 1'), '58 500,50 €');

  const conflict = row(two, 'Dépense 1').getByRole('alert');
  await conflict.getByText(/Victor Démo a modifié cette ligne pendant votre saisie/).waitFor();
  await conflict.getByText('60 000', { exact: true }).waitFor();
  await conflict.getByText(/^58\s500,50\s€$/).waitFor();
  assert.equal(await amount(two, 'Dépense 1').inputValue(), '60 000', 'what was typed is still there');
  await accessible(two, 'a conflict');
  await conflict.getByRole('button', { name: 'Garder la mienne' }).click();
  await shown(amount(one, 'Dépense 1'), '60 000 €');

  // Enter makes the next row; the other one sees it without losing the place where they type.
  await row(two, 'Dépense 3').getByLabel('Poste').fill('Outil commun');
  await amount(one, 'Dépense 3').focus();
  await one.keyboard.press('Enter');
  await row(one, 'Dépense 4').getByLabel('Poste').fill('Formation');
  await row(one, 'Dépense 4').getByLabel('Compte').fill('69');
  await amount(one, 'Dépense 4').fill('1000');
  await row(one, 'Dépense 3').getByLabel('Poste').focus();
  await row(one, 'Dépense 4').getByText('Ce compte ne va pas avec cette nature').waitFor();
  await row(one, 'Dépense 4').getByLabel('Compte').fill('61');
  await row(one, 'Dépense 3').getByLabel('Poste').focus();
  await row(two, 'Dépense 4').waitFor();
  assert.equal(await row(two, 'Dépense 3').getByLabel('Poste').inputValue(), 'Outil commun');
  await row(one, 'Dépense 4').getByRole('button', { name: /Supprimer/ }).click();
  await row(two, 'Dépense 4').waitFor({ state: 'detached' });
  await one.getByRole('button', { name: 'Rétablir la ligne' }).click();
  await row(two, 'Dépense 4').waitFor();
  await until('the server has it all', async () => (await sheetOf()).expenses.length === 4);
});

test('what is missing leads to its field, and a territory is found by its name', async () => {
  const visitor = await Visitor.arrive(server);
  visitors.push(visitor);
  await visitor.signIn(VICTOR);
  const page = await visitor.open(`/propositions/${PROPOSAL}?acte=T03`);
  const dialog = page.getByRole('dialog', { name: 'Déposer', exact: true });
  await dialog.getByRole('link', { name: 'Le nombre de personnes attendues n’est pas indiqué' }).waitFor();
  await accessible(page, 'what is missing');
  await dialog.getByRole('link', { name: 'Le nombre de personnes attendues n’est pas indiqué' }).click();
  const headcount = page.getByLabel('Nombre de personnes attendues');
  await until('the field has the focus', () => headcount.evaluate((field) => field === document.activeElement));
  await page.keyboard.type('40');
  const find = page.getByRole('combobox', { name: 'Ajouter un territoire' });
  await find.fill('forcal');
  await page.getByRole('option', { name: /04088/ }).waitFor();
  for (let tries = 0; (await page.locator('[role=option][aria-selected=true]').innerText()).includes('04088') === false && tries < 5; tries += 1) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByRole('list', { name: /choix/ }).getByRole('button', { name: 'Retirer Forcalquier (04088)' }).waitFor();
  await until('both are kept', async () => {
    const sheet = await sheetOf();
    return sheet.target_public.headcount === 40 && sheet.territories.some((one) => one.territory_code === '04088');
  });
  await page.locator('nav').getByText(/points pour déposer/).waitFor();
});

test('on a phone one row is one card, and the founding question decides', async () => {
  const page = await writing(VICTOR, { width: 390, height: 844 });
  await page.getByRole('button', { name: 'Ajouter des emplois' }).click();
  const line = row(page, 'Ligne d’emplois 2');
  await line.getByLabel('Oui, de toute façon').check();
  await line.getByText('il ne compte ni comme direct ni comme soutenu').waitFor();
  await line.getByLabel('Non', { exact: true }).check();
  await line.getByText('Emploi direct').waitFor();
  await accessible(page, 'the sheet on a phone');
  await wellMade(page, 'the sheet on a phone');
  for (const [label, value] of [['Postes', '2'], ['dont femmes', '1'], ['dont hommes', '1'], ['ETP', '1,5']]) await line.getByLabel(label, { exact: true }).fill(value);
  await row(page, 'Ligne d’emplois 1').getByLabel('Postes').focus();
  await until('the line is kept', async () => (await sheetOf()).jobs.some((job) => job.kind === 'direct' && job.fte_hundredths === 150));
});

test('a line typed and not saved survives a reload: it is found again, said, and saved or given up', async () => {
  const page = await writing(VICTOR);
  page.on('dialog', (dialog) => void dialog.accept());
  await page.locator('#budget').getByRole('button', { name: /^Ajouter/ }).click();
  await page.locator('#budget').getByLabel('Poste').last().fill('Ligne en cours');
  await page.reload();
  await page.getByText(/1 ligne de la fiche saisie avant de quitter la page a été retrouvée/).waitFor();
  await until('the line is there again', async () => (await page.locator('#budget').getByLabel('Poste').last().inputValue()) === 'Ligne en cours');
  await accessible(page, 'a line found again');
  await page.getByRole('button', { name: 'Abandonner ces saisies' }).click();
  await page.getByText(/ligne de la fiche saisie avant/).waitFor({ state: 'hidden' });
});

test('frozen while a line is typed: what was typed stays on the page, and says so', async () => {
  const page = await writing(VICTOR);
  const writer = new Writer(visitors[0], PROPOSAL);
  await writer.type('Égalité', 'Les postes sont ouverts à toutes et à tous.');
  await writer.saved();
  const late = await writing(RENAUD);
  await row(late, 'Objectif 1').getByLabel('Objectif').fill('Tapé trop tard');
  const account = await Account.signIn(server, VICTOR);
  await completeSheet(account, PROPOSAL);
  const { version } = await account.json('GET', `/api/proposals/${PROPOSAL}`);
  await account.json('POST', `/api/proposals/${PROPOSAL}/transitions`, { transition: 'T03', expected_version: version }, 201);
  await late.getByText('la fiche n’est plus modifiable').waitFor();
  assert.equal(await row(late, 'Objectif 1').getByLabel('Objectif').inputValue(), 'Tapé trop tard');
  await accessible(late, 'a line that came too late');
  assert.ok(!JSON.stringify((await sheetOf()).objectives).includes('Tapé trop tard'));
  visitors[1].expects(/403 \(Forbidden\)/);
  await late.getByRole('button', { name: 'Abandonner cette saisie' }).click();
  await row(late, 'Objectif 1').waitFor({ state: 'detached' });
  await page.getByText(/Déposée par .+le texte est figé/).first().waitFor();
});
