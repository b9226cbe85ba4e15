// "Qui a écrit quoi", in real browsers: two people of two organisations write in one text, change the
// form of each other's words, cut, paste and undo; the view tells whose each passage is.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, keyboardWalk, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const VICTOR = 'victor.demo@golfe.example';
const RENAUD = 'renaud.factice@cci.example';
const PROPOSAL = 'pro-02';
/** The editor groups what one does within half a second, by the page's clock, into one step of undo. */
const STEP_MS = 1_000;

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
  await visitor.context.clock.install();
  visitors.push(visitor);
  return visitor.signIn(email);
}

async function press(writer, ...keys) {
  for (const key of keys) await writer.page.keyboard.press(key);
  writer.aheadMs = (writer.aheadMs ?? 0) + STEP_MS;
  await writer.visitor.context.clock.setSystemTime(Date.now() + writer.aheadMs);
  await writer.saved();
}

/** The passages of a section as the page shows them: key of the organisation, words. */
function passages(page, title) {
  return page.getByRole('region', { name: title }).evaluate((section) => {
    const found = [];
    for (const span of section.querySelectorAll('[data-passage]')) {
      const last = found.at(-1);
      if (last?.number === span.dataset.passage) last.words += span.textContent;
      else found.push({ number: span.dataset.passage, key: span.dataset.key, words: span.textContent });
    }
    return found.map(({ key, words }) => `${key}: ${words}`);
  });
}

/** What is selected, once the editor has heard of it: it does by an event that a key pressed at once would overtake. Runs in the page. */
const selected = () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(String(getSelection()).replaceAll('\u2060', '')))));

async function openView(visitor) {
  await visitor.open(`/propositions/${PROPOSAL}`);
  await visitor.page.getByRole('button', { name: 'Autres façons de voir le texte' }).click();
  await visitor.page.getByRole('menuitem', { name: 'Qui a écrit quoi' }).click();
  await visitor.page.waitForURL(/vue=auteurs/);
  await visitor.page.locator('[data-passage]').first().waitFor();
}

test('two people write, re-format and undo each other’s text; the view tells the truth', async () => {
  const [victor, renaud] = [await arrive(VICTOR), await arrive(RENAUD)];
  const [one, two] = [await new Writer(victor, PROPOSAL).write(), await new Writer(renaud, PROPOSAL).write()];
  await one.type('Conditions', 'Les carnets de commandes restent pleins.');
  await two.sees('Conditions', 'restent pleins.');
  // Renaud makes a heading of it, a list, deletes all and takes that back: the words stay Victor's.
  await two.section('Conditions').click();
  await press(two, 'ControlOrMeta+Alt+2');
  await press(two, 'ControlOrMeta+a', 'ControlOrMeta+Shift+8');
  await press(two, 'ControlOrMeta+a', 'Delete');
  await press(two, 'ControlOrMeta+z');
  await two.sees('Conditions', 'restent pleins.');
  await two.type('Conditions', ' Les ports aussi.');
  await two.saved();
  await one.sees('Conditions', 'Les ports aussi.');
  // Victor deletes two words of Renaud's for good.
  await one.toEnd('Conditions');
  await until('"aussi." is selected', async () => {
    await one.page.keyboard.press('Shift+ArrowLeft');
    return (await one.page.evaluate(selected)) === 'aussi.';
  });
  await press(one, 'Delete');
  assert.match(await one.text('Conditions'), /Les ports\s*$/, 'they are gone for Victor');
  await until('they are gone for Renaud, too', async () => /Les ports\s*$/.test(await two.text('Conditions')));

  await openView(victor);
  const { page } = victor;
  const found = await passages(page, /^Conditions de réussite/);
  assert.equal(found.length, 2, found.join('\n'));
  const [golfe, cci] = found.map((line) => line.split(': ')[0]);
  assert.equal(found[0], `${golfe}: Les carnets de commandes restent pleins.`);
  assert.match(found[1], /: {2}Les ports/);
  assert.match(golfe, /^org-ge$/);
  assert.match(cci, /cci/);

  // The card says who, for whom, when, and who moved it.
  await page.getByText('Les carnets de commandes restent pleins.').hover();
  const card = page.locator('#passage-card');
  await card.getByText('Victor Démo').waitFor();
  await card.getByText('Chantiers navals du Golfe').waitFor();
  await card.getByText(/^Écrit le /).waitFor();
  await card.getByText(/^Déplacé ou remis en forme par Renaud Factice/).waitFor();

  // The legend is a table; no colour stands alone: each line has its own kind of stroke.
  const legend = page.getByRole('table', { name: 'Part du texte par organisation' });
  await legend.getByRole('button', { name: /Chambre de commerce/ }).waitFor();
  const strokes = await legend.locator('.sample').evaluateAll((samples) => samples.map((each) => `${getComputedStyle(each).textDecorationStyle} ${getComputedStyle(each).textDecorationThickness}`));
  assert.equal(new Set(strokes).size, strokes.length, strokes.join(', '));

  // What was deleted is told, with whose words they were.
  const deletions = page.getByRole('region', { name: 'Suppressions récentes' });
  await deletions.getByText('Victor Démo').first().waitFor();
  await deletions.getByText(/Mots de Renaud Factice/).first().waitFor();
  await accessible(page, 'who wrote what');
  await wellMade(page, 'who wrote what');
  await keyboardWalk(page, 'who wrote what');

  // Only one organisation's passages; from one to the next with the arrows.
  await legend.getByRole('button', { name: /Chambre de commerce/ }).click();
  await page.getByRole('button', { name: 'Passage suivant' }).click();
  await page.getByText('Passage 1 sur 1').waitFor();
  await card.getByText('Renaud Factice').waitFor();
  assert.ok((await page.locator('.passage.aside').count()) > 0, 'the others stand back');
  await page.getByRole('button', { name: 'Tout montrer' }).click();
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Passage suivant' }).click();
  const first = await page.evaluate(() => document.activeElement?.dataset.passage);
  await page.keyboard.press('ArrowRight');
  assert.notEqual(await page.evaluate(() => document.activeElement?.dataset.passage), first);

  // The same as the API says, to somebody of the commission.
  const reader = await Account.signIn(server, RENAUD);
  const proposal = await reader.json('GET', `/api/proposals/${PROPOSAL}`);
  const told = await reader.json('GET', `/api/documents/${proposal.document_id}/authorship`);
  assert.deepEqual(told.shares.map((share) => share.organisation.name).sort(), told.shares.map((share) => share.organisation.name), 'by name');
});

test('who wrote what stands on a phone, in the dark and in English', async () => {
  for (const options of [{ width: 320, height: 700 }, { width: 390, height: 844, dark: true }, { locale: 'en-GB', dark: true }]) {
    const reader = await Visitor.arrive(server, options);
    visitors.push(reader);
    const [name, value] = (await Account.signIn(server, VICTOR)).cookie.split(/=(.*)/s);
    await reader.context.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: 'Lax' }]);
    await reader.open(`/propositions/${PROPOSAL}?vue=auteurs`);
    const passage = reader.page.locator('[data-passage]').first();
    await passage.waitFor();
    await passage.click();
    await until('the card is shown', () => reader.page.locator('#passage-card strong').isVisible());
    await accessible(reader.page, `who wrote what, ${JSON.stringify(options)}`);
    await wellMade(reader.page, `who wrote what, ${JSON.stringify(options)}`);
  }
});

test('a text nobody wrote says so, and a line that is cut can be tried again', async () => {
  const victor = await arrive(VICTOR);
  const account = await Account.signIn(server, VICTOR);
  const { chantier } = await account.json('GET', `/api/proposals/${PROPOSAL}`);
  const idea = await account.json('POST', '/api/proposals', {
    chantier_id: chantier.chantier_id, neighbours_shown: true, title: 'Une idée encore sans texte',
    summary: 'Une idée que personne n’a encore commencé à écrire, pour voir ce que la page en dit.'
  }, 201);
  await victor.open(`/propositions/${idea.proposal_id}?vue=auteurs`);
  await victor.page.getByText('Rien n’est encore écrit').waitFor();
  await accessible(victor.page, 'nothing written');
  victor.expects(/Failed to load resource|net::ERR/);
  await victor.page.route('**/authorship', (route) => route.abort());
  await victor.page.goto(`/propositions/${PROPOSAL}?vue=auteurs`);
  await victor.page.getByText('L’histoire du texte n’a pas pu être lue').waitFor();
  await victor.page.unroute('**/authorship');
  await victor.page.getByRole('button', { name: 'Réessayer' }).click();
  await victor.page.locator('[data-passage]').first().waitFor();
});
