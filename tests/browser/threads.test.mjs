// The commission speaks, in real browsers: a vigilance with a mention is seen, answered and closed by
// two people without a reload; what is typed survives a cut line and a reload; who observes only reads.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const SANDRINE = 'sandrine.calque@entreprendre-sud.example';
const INES = 'ines.prototype@region.example';
const KARIM = 'karim.ebauche@bati-soleil.example';
const ILAN = 'ilan.apercu@etat.example';
/** Lines cut on purpose show as errors of the network. */
const NETWORK = /WebSocket|Failed to load resource|net::ERR|Failed to fetch/;
const PAGE = '/propositions/pro-04';

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

const counter = (page, section) => page.getByRole('button', { name: new RegExp(`\\(${section}`) });
const panel = (page, section) => page.getByRole('region', { name: new RegExp(`Commentaires.+${section}`) });
const focused = (page) => page.evaluate(() => document.activeElement?.textContent ?? '');

test('a vigilance is written, seen by who writes the text, answered and closed, without a reload', async () => {
  const [sandrine, ines] = [await arrive(SANDRINE), await arrive(INES)];
  // Who facilitates writes in the text meanwhile; the caret stays there.
  const writer = await new Writer(ines, 'pro-04').write();
  await writer.type('Conditions', ' Ici.');
  await sandrine.open(PAGE);
  const page = sandrine.page;
  await counter(page, 'Conditions').click();
  const said = panel(page, 'Conditions');
  await said.getByText('Personne n’a encore rien dit ici').waitFor();
  await accessible(page, 'an empty section');
  await said.getByLabel('Vigilance').check();
  const field = said.getByLabel('Votre commentaire');
  await field.click();
  await page.keyboard.type('Sans garantie, @proto');
  await said.getByRole('option', { name: 'Inès Prototype' }).waitFor();
  assert.ok(await field.getAttribute('aria-activedescendant'));
  await accessible(page, 'naming somebody');
  await page.keyboard.press('Enter');
  await page.keyboard.type(' ? Voir https://insee.example/postes.');
  assert.match(await field.inputValue(), /^Sans garantie, @Inès Prototype +\? Voir/);
  await said.getByRole('button', { name: 'Publier' }).click();
  const thread = said.getByRole('article', { name: /Vigilance de Sandrine Calque/ });
  await thread.getByText('Sans réponse').waitFor();
  assert.equal(await thread.getByRole('link', { name: 'https://insee.example/postes' }).getAttribute('rel'), 'noopener noreferrer nofollow');
  await until('the focus is on what was said', () => page.evaluate(() => document.activeElement?.id.startsWith('fil-')));

  // Seen at once by the other, whose caret has not moved.
  const other = ines.page;
  await counter(other, 'Conditions').getByText('1 vigilance sans réponse').waitFor();
  assert.ok(await writer.section('Conditions').evaluate((element) => element === document.activeElement));
  await until('it is read out', async () => (await other.locator('[role="status"]').allTextContents()).some((text) => /Sandrine Calque\s: Vigilance/.test(text)));
  await counter(other, 'Conditions').click();
  const seen = panel(other, 'Conditions');
  await seen.getByText('@Inès Prototype').waitFor();
  await seen.getByRole('button', { name: 'Répondre' }).click();
  await seen.getByLabel('Votre réponse').fill('Une lettre d’engagement est jointe.');
  await seen.getByRole('button', { name: 'Répondre' }).click();
  await thread.getByText('Une lettre d’engagement est jointe.').waitFor();
  await until('it is answered', async () => (await thread.getByText('Sans réponse').count()) === 0);
  await accessible(other, 'a thread while writing');
  await wellMade(other, 'a thread while writing');

  await seen.getByRole('button', { name: 'Clore', exact: true }).click();
  const dialog = other.getByRole('dialog', { name: 'Clore ce commentaire' });
  await dialog.getByRole('button', { name: 'Clore le commentaire' }).click();
  await dialog.getByText('Choisissez la suite donnée').waitFor();
  await accessible(other, 'closing');
  await dialog.getByLabel('Retenu en partie').check();
  await dialog.getByLabel('Précision').fill('La lettre est demandée avant le gel.');
  await dialog.getByRole('button', { name: 'Clore le commentaire' }).click();
  await seen.getByText(/Retenu en partie, par Inès Prototype/).waitFor();
  await until('the focus is on what was closed', async () => (await focused(other)).includes('Retenu en partie'));
  await counter(page, 'Conditions').getByText('1 commentaire clos').waitFor();
  await said.getByText('1 commentaire clos').click();
  await thread.getByText('La lettre est demandée avant le gel.').waitFor();
  await thread.getByRole('button', { name: 'Rouvrir' }).click();
  await counter(other, 'Conditions').getByText(/1 commentaire(?! clos)/).waitFor();
});

test('what is typed survives a cut line and a reload, and is published once', async () => {
  const karim = await arrive(KARIM);
  karim.expects(NETWORK);
  const { page } = karim;
  await karim.open(PAGE);
  await counter(page, 'Objectifs').click();
  await panel(page, 'Objectifs').getByLabel('Question').check();
  await panel(page, 'Objectifs').getByLabel('Votre commentaire').fill('Combien de postes en 2029 ?');
  await karim.context.setOffline(true);
  await panel(page, 'Objectifs').getByRole('button', { name: 'Publier' }).click();
  await panel(page, 'Objectifs').getByText('Votre texte est conservé ici').waitFor();
  await karim.context.setOffline(false);
  await karim.open('/');
  await karim.open(PAGE);
  await counter(page, 'Objectifs').click();
  await panel(page, 'Objectifs').getByText('Brouillon repris').waitFor();
  assert.equal(await panel(page, 'Objectifs').getByLabel('Votre commentaire').inputValue(), 'Combien de postes en 2029 ?');
  // The answer is lost on the way: what is sent again adds nothing.
  await page.route('**/api/proposals/pro-04/threads', async (route) => {
    if (route.request().method() !== 'POST') return route.continue();
    await route.fetch();
    return route.abort();
  });
  await panel(page, 'Objectifs').getByRole('button', { name: 'Publier' }).click();
  await panel(page, 'Objectifs').getByText('Votre texte est conservé ici').waitFor();
  await page.unroute('**/api/proposals/pro-04/threads');
  await panel(page, 'Objectifs').getByRole('button', { name: 'Publier' }).click();
  await page.getByText('Commentaire publié').waitFor();
  const account = await Account.signIn(server, KARIM);
  const { threads } = await account.json('GET', '/api/proposals/pro-04/threads?section=objectives');
  assert.deepEqual(threads.map((thread) => [thread.kind, thread.messages[0].body]), [['question', 'Combien de postes en 2029 ?']]);
});

test('who observes reads by a link, on a phone, and has nothing to write with', async () => {
  const ilan = await arrive(ILAN, { width: 320, height: 640 });
  const { page } = ilan;
  await ilan.open(`${PAGE}#fil-com-005`);
  const thread = page.getByRole('article', { name: /Vigilance de Sandrine Calque/ });
  await thread.getByText('Deux promotions au lieu de trois').waitFor();
  await until('it is in view', () => thread.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return element === document.activeElement && bottom > 0 && top < innerHeight;
  }));
  assert.equal(await page.getByRole('button', { name: /^(Commenter|Répondre|Clore|Publier|Ajouter un commentaire)/ }).count(), 0);
  assert.equal(await page.getByRole('textbox', { name: /Votre/ }).count(), 0);
  await wellMade(page, 'a thread on a phone');
  await accessible(page, 'a thread on a phone');
  await page.keyboard.press('Escape');
  assert.equal(await page.getByRole('article').count(), 1, 'only the sheet itself');
  assert.match(await focused(page), /1 commentaire/);
});
