// The heart of it, in real browsers: an idea becomes a sheet that two people write in the same
// paragraph; lines are cut, tabs are closed, the database goes away, and nothing is lost.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const VICTOR = 'victor.demo@golfe.example';
const RENAUD = 'renaud.factice@cci.example';
const HUGO = 'hugo.maquette@region.example';
/** Lines cut on purpose show as errors of the network. */
const NETWORK = /WebSocket|Failed to load resource|net::ERR|Failed to fetch/;

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

async function arrive(email, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  return visitor.signIn(email);
}

async function writing(email, proposalId = 'pro-02', options) {
  return new Writer(await arrive(email, options), proposalId).write();
}

test('an idea becomes a sheet written together in one paragraph', async () => {
  const author = await arrive(VICTOR);
  const { page } = author;
  const account = await Account.signIn(server, VICTOR);
  const chantier = (await account.json('GET', '/api/proposals/pro-02')).chantier.chantier_id;

  await author.open(`/chantiers/${chantier}`);
  await page.getByRole('link', { name: 'Proposer une idée' }).first().click();
  await page.getByRole('heading', { name: 'Proposer une idée' }).waitFor();
  await page.getByLabel('Titre').fill('Quai commun pour les ateliers de la rade');
  await page.getByLabel('Résumé').fill('Un lieu partagé où les petites entreprises navales forment et embauchent ensemble, à Toulon.');
  await page.getByRole('button', { name: 'Continuer' }).click();
  await page.getByRole('heading', { name: 'propositions proches' }).waitFor();
  await accessible(page, 'near-by proposals');
  await page.getByRole('button', { name: 'Créer l’idée' }).click();
  await page.waitForURL(/\/propositions\//);
  await author.settled();
  const proposalId = new URL(page.url()).pathname.split('/').pop();

  await page.getByRole('button', { name: 'Rédiger la fiche-action' }).click();
  const start = page.getByRole('dialog');
  await start.getByRole('combobox').waitFor();
  await accessible(page, 'start drafting');
  await start.getByRole('button', { name: 'Rédiger la fiche-action' }).click();
  await page.getByText('La rédaction est ouverte').waitFor();

  await page.getByRole('button', { name: 'Toutes les actions sur la proposition' }).click();
  await page.getByRole('menuitem', { name: 'Inviter à rédiger' }).click();
  const invite = page.getByRole('dialog');
  const candidate = invite.getByRole('checkbox').first();
  await candidate.waitFor();
  await accessible(page, 'invite to write');
  await invite.getByLabel('Chercher une personne').fill('Factice');
  await invite.getByRole('checkbox').first().check();
  await invite.getByRole('button', { name: /^Inviter 1 personne/ }).click();
  await page.getByText(/invitation à rédiger enregistrée/).waitFor();

  const one = await new Writer(author, proposalId).write();
  const two = await writing(RENAUD, proposalId);
  await one.type('Contexte', 'La rade emploie peu.');
  await two.sees('Contexte', 'La rade emploie peu.');
  await two.type('Contexte', ' Les ateliers ferment.');
  await one.sees('Contexte', 'La rade emploie peu. Les ateliers ferment.');
  // Both at once, in the same paragraph: everything of both is there, the same for both.
  await Promise.all([one.page.keyboard.type(' AAAAAAAAAA'), two.page.keyboard.type(' bbbbbbbbbb')]);
  await Promise.all([one.saved(), two.saved()]);
  await until('both read the same', async () => {
    const [mine, theirs] = await Promise.all([one, two].map((writer) => writer.text('Contexte')));
    return mine === theirs && mine.match(/A/g).length === 10 && mine.match(/b/g).length === 10;
  });
  await one.page.getByText('2 personnes rédigent cette fiche').waitFor();
  await accessible(one.page, 'writing');
  await wellMade(one.page, 'writing');
});

test('undo takes back only one’s own words', async () => {
  const [one, two] = [await writing(VICTOR), await writing(RENAUD)];
  await one.type('Description', ' Mon ajout.');
  await two.sees('Description', 'Mon ajout.');
  await two.type('Description', ' Le sien.');
  await one.sees('Description', 'Le sien.');
  await one.section('Description').click();
  await one.page.keyboard.press('ControlOrMeta+z');
  await until('my words are gone', async () => !(await one.text('Description')).includes('Mon ajout.'));
  await one.sees('Description', 'Le sien.');
});

test('typing goes on offline and is sent on return', async () => {
  const [one, two] = [await writing(VICTOR), await writing(RENAUD)];
  one.visitor.expects(NETWORK);
  await one.visitor.context.setOffline(true);
  await one.type('Contexte', ' Écrit sans réseau.');
  await one.reaches('offline', 'pending');
  await two.type('Contexte', ' Pendant ce temps.');
  await two.saved();
  await one.visitor.context.setOffline(false);
  await two.sees('Contexte', 'Écrit sans réseau.');
  await one.sees('Contexte', 'Pendant ce temps.');
  await one.saved();
});

test('a closed tab loses nothing', async () => {
  const one = await writing(VICTOR);
  one.visitor.expects(NETWORK);
  await one.visitor.context.setOffline(true);
  await one.type('Conditions', ' Gardé dans le navigateur.');
  await one.reaches('offline', 'pending');
  await one.page.close({ runBeforeUnload: false });
  await one.visitor.context.setOffline(false);
  one.visitor.page = await one.visitor.context.newPage();
  await one.write();
  await one.sees('Conditions', 'Gardé dans le navigateur.');
  const reader = await Account.signIn(server, RENAUD);
  await until('the server has it', async () => {
    const proposal = await reader.json('GET', '/api/proposals/pro-02');
    return proposal.sections.some((section) => section.html.includes('Gardé dans le navigateur.'));
  });
});

test('signing out with unsent edits asks first, and the next person sees nothing of them', async () => {
  const one = await writing(VICTOR);
  const { visitor, page } = one;
  visitor.expects(NETWORK);
  await server.kill();
  await one.type('Contexte', ' Secret de Victor.');
  await one.reaches('offline', 'pending', 'suspended');
  await page.getByRole('button', { name: /^Menu de/ }).click();
  await page.getByRole('menuitem', { name: 'Se déconnecter' }).click();
  const dialog = page.getByRole('dialog', { name: /modifications ne sont pas encore envoyées/ });
  await dialog.waitFor();
  await accessible(page, 'sign-out with unsent edits');
  await server.up();
  await dialog.getByRole('button', { name: 'Se déconnecter et garder ici' }).click();
  await page.waitForURL(/\/connexion/);

  // The same browser, another person: nothing of the first one's copy.
  await visitor.signIn(RENAUD);
  const two = await new Writer(visitor, 'pro-02').write();
  assert.ok(!(await two.text('Contexte')).includes('Secret de Victor.'));
  const other = await Account.signIn(server, RENAUD);
  const proposal = await other.json('GET', '/api/proposals/pro-02');
  assert.ok(!JSON.stringify(proposal.sections).includes('Secret de Victor.'), 'nothing was sent under another name');

  // Back to the first one: it is still there, and it is sent.
  await page.goto('/');
  await page.getByRole('button', { name: /^Menu de/ }).click();
  await page.getByRole('menuitem', { name: 'Se déconnecter' }).click();
  await page.waitForURL(/\/connexion/);
  await visitor.signIn(VICTOR);
  const back = await new Writer(visitor, 'pro-02').write();
  await back.sees('Contexte', 'Secret de Victor.');
  await back.saved();
});

test('a right that ends while writing is said, and the text stays readable', async () => {
  const facilitator = await Account.signIn(server, HUGO);
  const two = await writing(RENAUD, 'pro-02');
  two.visitor.expects(NETWORK);
  const proposal = await facilitator.json('GET', '/api/proposals/pro-02');
  const renaud = proposal.contributors.find((person) => person.usual_name === 'Factice');
  await facilitator.json('DELETE', `/api/proposals/pro-02/contributors/${renaud.person_id}`, undefined, 204);
  await two.page.getByText('Vos droits ont changé').waitFor();
  await facilitator.json('POST', '/api/proposals/pro-02/contributors', { person_ids: [renaud.person_id] });
});

test('reading a proposal loads no editor', async () => {
  const visitor = await arrive(VICTOR);
  const scripts = [];
  visitor.page.on('response', async (response) => {
    if (response.request().resourceType() === 'script') scripts.push([response.url(), await response.text().catch(() => '')]);
  });
  await visitor.open('/propositions/pro-02');
  assert.ok(scripts.length > 0, 'scripts are watched');
  const editor = scripts.filter(([, text]) => /ProseMirror|prosemirror/.test(text)).map(([url]) => url);
  assert.deepEqual(editor, [], 'no chunk of the editor');
});
