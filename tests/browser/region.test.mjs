// A file at the Region, in real browsers: instructed, its decision prepared by one validator and confirmed by
// another; the owner reads where it stands, then what was decided.

import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const INSTRUCTOR = 'hugo.maquette@region.example';
const FIRST = 'paul.echantillon@region.example';
const SECOND = 'nora.formulaire@region.example';
const PROPOSAL = 'pro-09';

let server;
let visitors = [];

before(async () => {
  server = await Chantier.start({ database: 'postgres' });
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

async function arrive(email, at, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  await visitor.signIn(email);
  await visitor.open(at);
  return visitor;
}

/** Today in Paris, as a date field takes it. */
const today = () => new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(new Date());

test('a file is instructed, decided by two validators, and its page says what was decided', async () => {
  // The demonstration's file is complete: it is looked at anew.
  const instructor = await Account.signIn(server, INSTRUCTOR);
  const { review } = await instructor.json('GET', `/api/proposals/${PROPOSAL}/review`);
  await instructor.json('PUT', `/api/proposals/${PROPOSAL}/review`, { expected_version: review.version, checks: [], is_complete: false });
  const { page: instructing } = await arrive(INSTRUCTOR, '/region');
  await instructing.getByRole('heading', { name: 'Dossiers à la Région' }).waitFor();
  await wellMade(instructing, 'the desk');
  await accessible(instructing, 'the desk');
  await instructing.getByRole('table').getByRole('link').first().click();
  await instructing.waitForURL(`**/propositions/${PROPOSAL}**`);
  const checks = instructing.getByRole('group', { name: 'Complétude du dossier' });
  await checks.waitFor();
  for (const point of await checks.getByRole('combobox').all()) await point.selectOption({ label: 'Présent' });
  await instructing.getByLabel('Date de la session').fill(today());
  await instructing.getByLabel('Organe', { exact: true }).fill('Commission permanente');
  await instructing.getByRole('button', { name: 'Déclarer le dossier complet' }).click();
  await instructing.getByText(/Dossier complet depuis le/).waitFor();
  await accessible(instructing, 'the file');

  const { page: preparing } = await arrive(FIRST, `/propositions/${PROPOSAL}`);
  // A refusal without its reason is refused.
  visitors.at(-1).expects(/422/);
  await preparing.getByRole('button', { name: 'Préparer la décision' }).click();
  await preparing.getByLabel('Numéro de délibération').fill('CP-2026-412');
  await preparing.getByLabel('Sens de la décision').selectOption({ label: 'Refusée' });
  await preparing.getByRole('button', { name: 'Enregistrer la préparation' }).click();
  await preparing.getByText(/corrigez les champs signalés/).waitFor();
  // What was typed outlives a reload of the page.
  await preparing.reload();
  await preparing.getByLabel('Sens de la décision').selectOption({ label: 'Validée' });
  await accessible(preparing, 'preparing a decision');
  await preparing.getByRole('button', { name: 'Enregistrer la préparation' }).click();
  await preparing.getByText('Vous l’avez préparée').waitFor();

  const { page: confirming } = await arrive(SECOND, '/region', { width: 390, height: 844 });
  await wellMade(confirming, 'the desk on a phone');
  await confirming.getByRole('link', { name: /Relire et confirmer/ }).click();
  const dialog = confirming.getByRole('dialog', { name: 'Confirmer la décision de la Région' });
  await dialog.getByText(/délibération CP-2026-412/).waitFor();
  await accessible(confirming, 'confirming a decision');
  await dialog.getByRole('button', { name: 'Confirmer la décision' }).click();
  await dialog.getByText('Cochez la case après avoir relu.').waitFor();
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Confirmer la décision' }).click();
  await confirming.getByRole('heading', { name: 'Décision de la Région' }).waitFor();
  await confirming.getByText(/^Préparée par .* confirmée par Nora Formulaire/).waitFor();
  await confirming.getByRole('link', { name: /Lire la version décidée/ }).waitFor();

  // The page of who prepared it learns it by itself.
  await preparing.getByText(/^Préparée par .* confirmée par Nora Formulaire/).waitFor();
});
