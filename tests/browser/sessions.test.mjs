// The files of one session of the Region, in real browsers: prepared in one list by one validator, seen by the other,
// confirmed one by one; a refusal, two returns, a rectification beside its decision; nobody else decides.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { dayFrom } from './support/days.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const [INSTRUCTOR, FIRST, SECOND] = ['hugo.maquette@region.example', 'paul.echantillon@region.example', 'nora.formulaire@region.example'];
const [ADMIN, OWNER] = ['soline.charpente@region.example', 'tomas.essai@etabli-commun.example'];
/** Bears `pro-08`. */
const BEARER = 'joelle.hypothese@ess-mistral.example';
/** Evoked by the Region beside `pro-09`, that lies there. */
const EVOKED = ['pro-07', 'pro-08', 'pro-21'];
const TITLES = { 'pro-09': 'Un groupement d’employeurs', 'pro-07': 'Fonds de reprise solidaire', 'pro-08': 'De la Durance à la mer', 'pro-21': 'Monnaie locale régionale' };

let server;
let visitors = [];

before(async () => {
  server = await Chantier.start();
  const [first, instructor] = [await Account.signIn(server, FIRST), await Account.signIn(server, INSTRUCTOR)];
  for (const id of EVOKED) await evoke(first, id);
  for (const id of ['pro-09', ...EVOKED]) await complete(instructor, id);
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

async function evoke(account, id) {
  const { version } = await account.json('GET', `/api/proposals/${id}`);
  await account.json('POST', `/api/proposals/${id}/transitions`, { transition: 'T19', expected_version: version, motive: 'L’appel européen se clôt avant la prochaine séance.', lead_unit_id: 'dir-eco' }, 201);
}

/** Complete, and on today's session. */
async function complete(account, id) {
  const { review } = await account.json('GET', `/api/proposals/${id}/review`);
  const checks = review.checks.filter((check) => check.state !== 'ok').map(({ item }) => ({ item, state: 'ok', note: null }));
  const done = review.completed_at_ms === null ? { is_complete: true } : {};
  await account.json('PUT', `/api/proposals/${id}/review`, { expected_version: review.version, checks, session: { on: dayFrom(0), organ: 'Commission permanente' }, ...done });
}

async function arrive(email, at, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  await visitor.signIn(email);
  await visitor.open(at);
  return visitor;
}

const row = (page, id) => page.getByRole('region', { name: new RegExp(`^${TITLES[id]}`) });
const stageOf = async (account, id) => (await account.json('GET', `/api/proposals/${id}`)).stage;

/** The second validator reads one decision of the list again and confirms it, pressing twice as hurried people do. */
async function confirm(page, id) {
  await row(page, id).getByRole('button', { name: /^Relire et confirmer/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Confirmer la décision de la Région' });
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Confirmer la décision' }).dblclick();
  await dialog.getByRole('button', { name: 'Confirmer la décision' }).waitFor({ state: 'hidden' });
}

test('the decisions of a session are prepared in one list, and confirmed one by one by another validator', async () => {
  const second = await arrive(SECOND, `/region/session?le=${dayFrom(0)}`, { width: 390, height: 844 });
  const first = await arrive(FIRST, '/region');
  const { page } = first;
  first.expects(/422/);
  await page.getByRole('link', { name: 'Préparer une session' }).click();
  await row(page, 'pro-09').waitFor();
  await accessible(page, 'the list of a session');
  for (const [at, id] of ['pro-09', ...EVOKED].entries()) await row(page, id).getByLabel('Numéro de délibération').fill(`CP-26-${at === 1 ? 0 : at}`);
  await row(page, 'pro-07').getByLabel('Sens de la décision').selectOption({ label: 'Refusée' });
  await row(page, 'pro-08').getByLabel('Sens de la décision').selectOption({ label: 'Renvoyée' });
  const conditional = row(page, 'pro-21');
  await conditional.getByLabel('Sens de la décision').selectOption({ label: 'Validée sous conditions' });
  await conditional.getByLabel('Condition 1', { exact: true }).fill('Convention avec l’évaluateur');
  await conditional.getByLabel('Échéance de la condition 1').fill(dayFrom(30));
  await conditional.getByLabel('Motif').fill('Le comité l’avait écartée ; le plan est refait.');
  await page.getByRole('button', { name: 'Préparer les décisions (4)' }).click();
  // A number used twice, a refusal and a return without their words: each fault at its field, the focus in the first.
  await row(page, 'pro-07').getByText('déjà celui d’une autre décision').waitFor();
  await row(page, 'pro-08').getByText('Indiquez ce qui est demandé').waitFor();
  await until('the focus is in the first fault', () => page.evaluate(() => document.activeElement?.getAttribute('aria-invalid') === 'true'));
  await accessible(page, 'faults in the list');
  await page.reload();
  await row(page, 'pro-07').getByLabel('Numéro de délibération').fill('CP-26-1');
  await row(page, 'pro-07').getByLabel('Motif').fill('Le fonds double un dispositif de l’État.');
  await row(page, 'pro-08').getByLabel('Ce qui est demandé').fill('Chiffrer le réseau\nNommer les ateliers');
  await row(page, 'pro-08').getByLabel('Réponse attendue pour le').fill(dayFrom(40));
  await row(page, 'pro-08').getByLabel('Motif').fill('Le chiffrage manque.');
  await page.getByRole('button', { name: 'Préparer les décisions (2)' }).click();
  await page.getByText('Décisions préparées : 2', { exact: false }).first().waitFor();
  assert.equal(await page.getByRole('button', { name: /^Relire et confirmer/ }).count(), 0, 'nobody confirms what they prepared');

  // The other one, who had the list open before, comes back to the window: what the first prepared stands there.
  const phone = second.page;
  second.expects(/40[049]|422/);
  await phone.evaluate(() => dispatchEvent(new Event('focus')));
  await phone.getByRole('button', { name: /^Relire et confirmer/ }).first().waitFor();
  await wellMade(phone, 'the list on a phone');
  await accessible(phone, 'the list on a phone');
  const [account, bearer] = [await Account.signIn(server, SECOND), await Account.signIn(server, BEARER)];
  for (const [id, stage] of [['pro-09', 'approved'], ['pro-07', 'rejected'], ['pro-08', 'in_commission'], ['pro-21', 'approved_conditional']]) {
    await confirm(phone, id);
    // Sent back, it is the commission's again: the validator reads it no more.
    const reader = stage === 'in_commission' ? bearer : account;
    await until(`${id} is ${stage}`, async () => (await stageOf(reader, id)) === stage);
    const { decisions } = await reader.json('GET', `/api/proposals/${id}/decisions`);
    assert.equal(decisions.length, 1, 'pressed twice, decided once');
  }
  await phone.getByText('Rien à décider pour cette session').waitFor();
});

test('what one validator changes, the other reads again before confirming; a rectification stays beside its decision', async () => {
  const [first, second] = [await arrive(FIRST, '/propositions/pro-09'), await arrive(SECOND, '/propositions/pro-09')];
  const [one, two] = [first.page, second.page];
  second.expects(/409/);
  for (const page of [one, two]) await page.getByRole('button', { name: 'Préparer une rectification' }).click();
  await one.getByLabel('Numéro de délibération').fill('CP-26-9');
  await one.getByRole('button', { name: 'Enregistrer la préparation' }).click();
  await one.getByText('Vous l’avez préparée').waitFor();
  // The second, who was typing, sees it beside the own form; nothing typed goes.
  await two.getByLabel('Numéro de délibération').fill('CP-26-10');
  await two.getByText('Paul Échantillon a préparé cette décision entre-temps').waitFor();
  await two.getByRole('group', { name: 'Ce que Paul Échantillon a préparé' }).getByText(/CP-26-9/).waitFor();
  assert.equal(await two.getByLabel('Numéro de délibération').inputValue(), 'CP-26-10');
  await accessible(two, 'two preparations');
  await two.getByRole('button', { name: 'Annuler', exact: true }).click();
  await two.getByRole('button', { name: 'Relire et confirmer' }).click();
  const dialog = two.getByRole('dialog', { name: 'Confirmer la décision de la Région' });
  await dialog.getByRole('checkbox').check();
  await one.getByRole('button', { name: 'Modifier la préparation' }).click();
  await one.getByLabel('Motif').fill('Un montant était mal reporté.');
  await one.getByLabel('CREER 2026, en euros').fill('45000');
  await one.getByRole('button', { name: 'Enregistrer la préparation' }).click();
  await dialog.getByText('La préparation a changé depuis votre lecture').waitFor();
  assert.equal(await dialog.getByRole('checkbox').isChecked(), false, 'the tick was for what was read');
  await dialog.getByText('Un montant était mal reporté.').waitFor();
  await dialog.getByRole('checkbox').check();
  await dialog.getByRole('button', { name: 'Confirmer la décision' }).click();
  const region = two.getByRole('region', { name: 'Décision de la Région' });
  await region.getByText('Rectifiée par une décision ultérieure').waitFor();
  await region.getByText('Rectifie la délibération CP-26-0').waitFor();
  await accessible(two, 'a rectified decision');
});

test('nobody but two validators decides: not who prepared it, not an instructor, an administrator or the owner', async () => {
  const first = await Account.signIn(server, FIRST);
  await evoke(first, 'pro-08').catch(() => {});
  for (const [email, options] of [[INSTRUCTOR, {}], [ADMIN, {}], [OWNER, { width: 390, height: 844 }]]) {
    const visitor = await arrive(email, '/', options);
    visitor.expects(/404|403/);
    const { page } = visitor;
    await page.goto('/propositions/pro-09?confirmer');
    await page.locator('h1').first().waitFor();
    await page.locator('#region, [role=alert], main p').first().waitFor();
    assert.equal(await page.getByRole('button', { name: /Confirmer la décision|Préparer (la décision|un avenant|une rectification)/ }).count(), 0, `${email} decides nothing`);
    await page.goto(`/propositions/pro-09?acte=T20`);
    await page.locator('h1').first().waitFor();
    await page.goto('/region/session');
    await page.locator('h1').first().waitFor();
    await accessible(page, `the Region's desk for ${email}`);
    assert.equal(await page.getByRole('button', { name: /^Préparer les décisions/ }).count(), 0, `${email} prepares nothing`);
  }
});

test('a validator whose mandate ended meanwhile is told so; the preparation stays as it was', async () => {
  const first = await Account.signIn(server, FIRST);
  const sheet = await first.json('GET', '/api/proposals/pro-09/decision');
  const addendum = { kind: 'addendum', rectifies_id: null, value: 'approved', organ: 'Commission permanente', deliberation_ref: 'CP-26-20', title: sheet.title, decided_on: dayFrom(0), transmitted_on: null, enforceable_on: null, motive: null, override_motive: null, reason: null, points: [], due_on: null, amounts: [], conditions: [] };
  await first.json('PUT', '/api/proposals/pro-09/decision', addendum);
  const second = await arrive(SECOND, '/propositions/pro-09?confirmer');
  const { page } = second;
  second.expects(/40[034]/);
  const dialog = page.getByRole('dialog', { name: 'Confirmer la décision de la Région' });
  await dialog.getByText(/CP-26-20/).waitFor();
  await dialog.getByRole('checkbox').check();
  const admin = await Account.signIn(server, ADMIN);
  await admin.json('DELETE', '/api/mandates/man-region-v2', undefined, 204);
  await dialog.getByRole('button', { name: 'Confirmer la décision' }).click();
  await dialog.getByText(/mandat|droits/).first().waitFor();
  await accessible(page, 'a mandate that ended');
  const kept = await first.json('GET', '/api/proposals/pro-09/decision');
  assert.equal(kept.preparation.deliberation_ref, 'CP-26-20', 'nothing is lost');
});
