// A proposal moved by the people whose acts they are, in real browsers: an idea, drafted, deposited, completed, admitted,
// frozen while somebody types, its opinion prepared, signed and given, its reserve answered, sent to the steering
// committee. Each missed guard says why; two people who press at once lose nothing.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { completeSheet } from '../support/sheet.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const AMINA = 'amina.parangon@campus-durance.example';
const YANIS = 'yanis.croquis@region.example';
const MARIN = 'marin.specimen@region.example';
const AGATHE = 'agathe.pseudonyme@etat.example';
const RENAUD = 'renaud.factice@cci.example';
const PRESIDENT = 'bastien.modele@region.example';
const CHANTIER = 'CH1';
const TITLE = 'Passer d’un métier d’hiver à un métier d’été';
/** The proposal that is walked; known once its idea is there. */
let walked = '';
/** A refusal the story is about shows as an error of the network. */
const REFUSED = /409 \(Conflict\)/;

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

async function arrive(email, options, proposal = walked) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  await visitor.signIn(email);
  await visitor.open(`/propositions/${proposal}`);
  return visitor;
}

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const read = async (email = AMINA) => (await Account.signIn(server, email)).json('GET', `/api/proposals/${walked}`);
const stage = async (wanted) => until(`the proposal is ${wanted}`, async () => (await read()).stage === wanted);

/** The one filled button of the head. */
const act = (visitor, name) => visitor.page.locator('.stand .actions').getByRole('button', { name, exact: true });
const dialog = (visitor, name) => visitor.page.getByRole('dialog', { name });

/** Opens an act from the menu of all actions. */
async function fromMenu(visitor, name) {
  await visitor.page.getByRole('button', { name: 'Toutes les actions sur la proposition' }).click();
  await visitor.page.getByRole('menuitem', { name, exact: true }).click();
}

/** Presses an act's button in its dialog. */
const confirm = (box, name) => box.getByRole('button', { name, exact: true }).click();

/** An idea proposed in the chantier, its drafting begun; nothing is deposited that lacks something. */
async function drafted() {
  const owner = await Visitor.arrive(server);
  visitors.push(owner);
  await owner.signIn(AMINA);
  const { page } = owner;
  await owner.open(`/chantiers/${CHANTIER}`);
  await page.getByRole('link', { name: 'Proposer une idée' }).first().click();
  await page.getByRole('heading', { name: 'Proposer une idée' }).waitFor();
  await page.getByLabel('Titre').fill(TITLE);
  await page.getByLabel('Résumé').fill('Deux employeurs, deux saisons, un seul contrat à l’année pour quarante saisonniers.');
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByRole('button', { name: 'Créer l’idée' }).click();
  await page.waitForURL(/\/propositions\//);
  await owner.settled();
  walked = new URL(page.url()).pathname.split('/').pop();

  await act(owner, 'Rédiger la fiche-action').click();
  await page.getByRole('dialog').getByRole('combobox').waitFor();
  await page.getByRole('dialog').getByRole('button', { name: 'Rédiger la fiche-action' }).click();
  await page.getByText('La rédaction est ouverte').waitFor();
  await page.getByText(/Il manque \d+ points pour déposer/).first().waitFor();
  const writer = await new Writer(owner, walked).write();
  for (const section of ['Contexte', 'Description', 'Égalité']) await writer.type(section, 'Assez de mots pour que cette section puisse être déposée telle quelle.');
  await writer.saved();
  await completeSheet(await Account.signIn(server, AMINA), walked);
  await owner.open(`/propositions/${walked}`);
  await act(owner, 'Déposer').click();
  await confirm(dialog(owner, 'Déposer'), 'Déposer');
  await stage('submitted');
  // Opened anew: the receipt of this deposit is not taken for that of a later one.
  await owner.open(`/propositions/${walked}`);
  return owner;
}

test('five people walk a proposal from the idea to the steering committee', async () => {
  const owner = await drafted();
  const [facilitator, president, member] = [await arrive(YANIS), await arrive(MARIN), await arrive(AGATHE, { width: 390, height: 844 })];
  const outsider = await Account.signIn(server, RENAUD);
  await outsider.json('GET', `/api/proposals/${walked}`, undefined, 404);
  // A guard refuses a meeting too soon.
  facilitator.expects(/403 \(Forbidden\)/);

  // Somebody else's act is in the menu and says whose it is.
  await fromMenu(facilitator, 'Retirer (pourquoi\u202f?)');
  const why = dialog(facilitator, 'Retirer');
  await why.getByText('règle T28').first().waitFor();
  await why.getByText(/Qui peut le faire.+Amina Parangon/).waitFor();
  await accessible(facilitator.page, 'an act that is not possible');
  await why.getByRole('button', { name: 'Fermer' }).last().click();

  // Completion is asked for, typed, closed by mistake, and still there.
  await fromMenu(facilitator, 'Demander des compléments');
  const request = dialog(facilitator, 'Demander des compléments');
  await request.getByLabel('Ce qui manque').fill('Préciser le calendrier');
  await facilitator.page.keyboard.press('Escape');
  await request.waitFor({ state: 'hidden' });
  await fromMenu(facilitator, 'Demander des compléments');
  assert.equal(await request.getByLabel('Ce qui manque').inputValue(), 'Préciser le calendrier');
  await confirm(request, 'Demander des compléments');
  await request.getByText('Choisissez une date à partir de demain').waitFor();
  await request.getByLabel('Motif').selectOption('unclear');
  await request.getByLabel('À compléter avant le').fill(inDays(20));
  await confirm(request, 'Demander des compléments');
  await owner.page.getByText(/Un complément est demandé avant le/).waitFor();
  await owner.page.getByText(/Attendu.+avant le/).waitFor();
  await act(owner, 'Déposer').click();
  await dialog(owner, 'Déposer').getByText('Le texte est figé dès le dépôt').waitFor();
  await accessible(owner.page, 'the deposit');
  await confirm(dialog(owner, 'Déposer'), 'Déposer');
  await owner.page.getByText(/Proposition déposée, texte figé\. Numéro CREER-/).waitFor();
  await facilitator.page.getByText(/Déposée par Amina Parangon/).first().waitFor();

  // Admitted once both boxes are ticked.
  await act(facilitator, 'Ouvrir la discussion').click();
  const admit = dialog(facilitator, 'Ouvrir la discussion');
  await confirm(admit, 'Ouvrir la discussion');
  await admit.getByText('Confirmez que la fiche est complète').waitFor();
  await admit.getByLabel('La proposition relève bien du chantier').check();
  await admit.getByLabel('La fiche est complète').check();
  await confirm(admit, 'Ouvrir la discussion');
  await member.page.getByText(/ouvre la discussion en commission/).first().waitFor();

  // Frozen for a meeting planned in place, while somebody types.
  const writer = await new Writer(await arrive(AMINA), walked).write();
  await act(facilitator, 'Figer la version pour avis').click();
  const freeze = dialog(facilitator, 'Figer la version pour avis');
  await confirm(freeze, 'Figer la version pour avis');
  await freeze.getByText('Choisissez une réunion de la commission').waitFor();
  await freeze.getByLabel('Dans une réunion à planifier').check();
  await freeze.getByLabel('Jour').fill(inDays(2));
  await confirm(freeze, 'Figer la version pour avis');
  await freeze.getByText('Les membres n’auraient pas le délai').waitFor();
  await freeze.getByText(/il en faut 5/).first().waitFor();
  await accessible(facilitator.page, 'freezing');
  await freeze.getByLabel('Par consultation écrite').check();
  await freeze.getByLabel('Dernier jour de la consultation').fill(inDays(15));
  await writer.toEnd('Conditions');
  const typing = writer.page.keyboard.type(' Mots tapés pendant le gel, un à un, sans une pause.', { delay: 40 });
  await confirm(freeze, 'Figer la version pour avis');
  await writer.page.getByText(/Version figée pour avis par/).first().waitFor();
  await typing;
  await writer.page.getByText(/conservé à part, à votre nom/).waitFor();
  await member.page.getByText(/Version figée pour avis par/).first().waitFor();
  await wellMade(member.page, 'a frozen version on a phone');

  // The opinion: prepared by one, signed by another, given.
  await act(facilitator, 'Préparer l’avis').click();
  const panel = facilitator.page.locator('#avis');
  await panel.getByLabel('Sens de l’avis').selectOption('favourable_with_reserves');
  await panel.getByLabel('Comment il a été rendu').selectOption('written');
  await panel.getByLabel('Pour', { exact: true }).fill('99');
  await panel.getByText('Il y a plus de voix que de sièges').waitFor();
  const left = Number(/(\d+) voix possible/.exec(await panel.getByText(/voix possible/).innerText())[1]);
  await panel.getByLabel('Pour', { exact: true }).fill(String(left));
  await panel.getByLabel('Réserve 1').fill('Chiffrer la maintenance.');
  // Not under the bar that stays at the top.
  await facilitator.page.evaluate(() => scrollTo(0, 0));
  await accessible(facilitator.page, 'preparing the opinion');
  await panel.getByText('La version est en cours de scellement').waitFor({ state: 'hidden' });
  await panel.getByRole('button', { name: 'Enregistrer l’avis préparé' }).click();
  await act(president, 'Signer l’avis').click();
  const sign = dialog(president, 'Signer l’avis de la commission');
  await sign.getByText('Chiffrer la maintenance.').waitFor();
  await confirm(sign, 'Signer l’avis');
  await sign.getByText('Cochez la case pour signer').waitFor();
  await sign.getByRole('checkbox').check();
  await accessible(president.page, 'signing');
  await confirm(sign, 'Signer l’avis');
  await act(facilitator, 'Rendre l’avis').click();
  await confirm(dialog(facilitator, 'Rendre l’avis'), 'Rendre l’avis');
  await member.page.getByText(/L’avis de la commission est rendu/).first().waitFor();

  // The reserve holds the next step until it is answered.
  await fromMenu(president, 'Transmettre au comité de pilotage (pourquoi\u202f?)');
  await dialog(president, 'Transmettre au comité de pilotage').getByText('Des réserves attendent encore').waitFor();
  await president.page.keyboard.press('Escape');
  await act(owner, 'Répondre à une réserve').click();
  await owner.page.getByRole('button', { name: 'Répondre à la réserve 1' }).click();
  await owner.page.getByLabel('Prise en compte').check();
  await owner.page.getByLabel('Ce que vous répondez').fill('Le plan de financement la compte désormais.');
  await owner.page.evaluate(() => scrollTo(0, 0));
  await accessible(owner.page, 'answering a reserve');
  await owner.page.getByRole('button', { name: 'Enregistrer la réponse' }).click();
  await act(president, 'Transmettre au comité de pilotage').click();
  await confirm(dialog(president, 'Transmettre au comité de pilotage'), 'Transmettre au comité de pilotage');
  await stage('at_copil');
  await owner.page.getByText(/transmise au comité de pilotage par Marin/).first().waitFor();

  // The history tells it, one line an act.
  await owner.page.locator('#historique > summary').click();
  for (const line of ['Transmise au comité de pilotage', 'Avis rendu', 'Version figée pour avis', 'Discussion ouverte en commission', 'Compléments demandés']) {
    await owner.page.locator('#historique .act').filter({ hasText: line }).first().waitFor();
  }
  // Scrolled half under the bar, a button is no target of its size.
  await owner.page.evaluate(() => scrollTo(0, 0));
  await accessible(owner.page, 'the proposal at the steering committee');
  await wellMade(owner.page, 'the proposal at the steering committee');
  // Who sits in the steering committee alone reads it from now on.
  assert.equal((await outsider.json('GET', `/api/proposals/${walked}`)).title, TITLE);
});

test('two people press different buttons at once: the second keeps the dialog filled and reads what changed', async () => {
  const other = 'pro-07';
  const owner = await arrive(RENAUD, {}, other);
  owner.expects(REFUSED);
  await fromMenu(owner, 'Renvoyer en commission');
  const back = dialog(owner, 'Renvoyer en commission');
  await back.getByLabel('Motif').fill('Le budget a changé.');
  const president = await Account.signIn(server, PRESIDENT);
  const { version } = await president.json('GET', `/api/proposals/${other}`);
  await president.json('POST', `/api/proposals/${other}/transitions`, { transition: 'T12', expected_version: version, motive: 'La commission veut relire.' }, 201);
  await confirm(back, 'Renvoyer en commission');
  await back.getByText('Cette proposition a changé d’étape pendant votre saisie').waitFor();
  await back.getByText(/En discussion en commission/).first().waitFor();
  await back.getByText('Le budget a changé.').waitFor();
  await accessible(owner.page, 'a conflict');
  // The page behind has changed by itself, and says who did it.
  await owner.page.getByText(/renvoie la proposition en commission/).first().waitFor();
});
