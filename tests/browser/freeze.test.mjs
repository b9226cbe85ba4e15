// The freeze, in real browsers: a deposit closes the text under open pages, what was typed without a
// network comes back too late and is shown to its author, and writing goes on once it is reopened.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { completeSheet } from '../support/sheet.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const VICTOR = 'victor.demo@golfe.example';
const RENAUD = 'renaud.factice@cci.example';
const HUGO = 'hugo.maquette@region.example';
/** Lines cut on purpose show as errors of the network. */
const NETWORK = /WebSocket|Failed to load resource|net::ERR|Failed to fetch/;
const PROPOSAL = 'pro-02';

let server;
let visitors = [];

before(async () => {
  server = await Chantier.start();
  await completeSheet(await Account.signIn(server, VICTOR), PROPOSAL);
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

async function arrive(email, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  return visitor.signIn(email);
}

async function writing(email, options) {
  return new Writer(await arrive(email, options), PROPOSAL).write();
}

const read = (account) => account.json('GET', `/api/proposals/${PROPOSAL}`);

/** Writes what the deposit still needs. */
async function complete(writer) {
  if ((await writer.text('Égalité')).trim() === '') await writer.type('Égalité', 'Les postes sont ouverts à toutes et à tous.');
  await writer.saved();
}

/** Moves the proposal as this person's program would. */
async function move(email, body) {
  const account = await Account.signIn(server, email);
  const { version } = await read(account);
  return account.json('POST', `/api/proposals/${PROPOSAL}/transitions`, { expected_version: version, ...body }, 201);
}

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
const reopen = () => move(HUGO, { transition: 'T05', reason: 'unclear', points: ['Préciser le calendrier'], due_on: inDays(20) });

/** What an author is shown as added too late. */
const added = (page) => page.locator('ins').evaluateAll((all) => all.map((each) => [...each.childNodes].filter((node) => node.nodeType === 3).map((node) => node.textContent).join('')).join(''));

test('typed offline, frozen meanwhile: shown to its author, then writing goes on', async () => {
  const [owner, late] = [await writing(VICTOR), await writing(RENAUD)];
  const facilitator = await arrive(HUGO);
  await facilitator.open(`/propositions/${PROPOSAL}`);
  late.visitor.expects(NETWORK);
  await late.visitor.context.setOffline(true);
  await late.type('Contexte', ' Écrit trop tard.');
  await late.reaches('offline', 'pending');

  await complete(owner);
  await owner.page.getByRole('button', { name: 'Terminer' }).click();
  await owner.page.getByRole('button', { name: 'Déposer', exact: true }).click();
  const dialog = owner.page.getByRole('dialog', { name: 'Déposer', exact: true });
  await dialog.getByText('Le texte est figé dès le dépôt').waitFor();
  await accessible(owner.page, 'the deposit');
  await dialog.getByRole('button', { name: 'Déposer', exact: true }).click();
  await owner.page.getByText('Reçu de dépôt').waitFor();
  // Whoever reads sees it without doing anything.
  await facilitator.page.getByText(/Déposée par .+le texte est figé/).first().waitFor();
  await facilitator.page.getByRole('button', { name: 'Ouvrir la discussion' }).waitFor();

  const before = (await read(await Account.signIn(server, VICTOR))).sections;
  await late.visitor.context.setOffline(false);
  const notice = late.page.getByText('Une modification est arrivée après le gel');
  await notice.waitFor();
  await until('the difference is shown', async () => (await added(late.page)) === ' Écrit trop tard.');
  assert.equal(await notice.count(), 1, 'it is shown once');
  assert.equal(await late.page.getByText('Vous rédigez cette fiche').count(), 0, 'nobody writes a frozen text');
  await late.page.getByText('Personnes présentes').waitFor();
  await accessible(late.page, 'late edits');
  await wellMade(late.page, 'late edits');
  const after = (await read(await Account.signIn(server, RENAUD))).sections;
  assert.deepEqual(after, before, 'the text has not changed');

  // On every device of theirs, and nobody else's.
  const phone = await arrive(RENAUD, { width: 320, height: 640 });
  await phone.open(`/propositions/${PROPOSAL}`);
  await phone.page.getByText('Une modification est arrivée après le gel').waitFor();
  await accessible(phone.page, 'late edits on a phone');
  await wellMade(phone.page, 'late edits on a phone');
  assert.equal(await owner.page.getByText('arrivée après le gel').count(), 0);

  await facilitator.page.getByRole('button', { name: 'Toutes les actions sur la proposition' }).click();
  await facilitator.page.getByRole('menuitem', { name: 'Demander des compléments' }).click();
  const request = facilitator.page.getByRole('dialog', { name: 'Demander des compléments' });
  await request.getByLabel('Motif').selectOption('unclear');
  await request.getByLabel('Ce qui manque').fill('- Préciser le calendrier\nNommer les partenaires');
  await request.getByLabel('À compléter avant le').fill(inDays(20));
  await accessible(facilitator.page, 'asking for completion');
  await request.getByRole('button', { name: 'Demander des compléments' }).click();
  await facilitator.page.getByText('La rédaction est rouverte').first().waitFor();
  await owner.page.getByText(/2 compléments sont demandés avant le/).waitFor();

  // The browser goes on with the text as it stands, and keeps what waits.
  await late.page.getByText(/demande des compléments.+la rédaction est rouverte/).first().waitFor();
  await late.section('Contexte').waitFor();
  assert.ok(!(await late.text('Contexte')).includes('Écrit trop tard.'));
  await late.type('Contexte', ' Repris après.');
  await late.saved();
  await until('the new words are text', async () => JSON.stringify((await read(await Account.signIn(server, VICTOR))).sections).includes('Repris après.'));
  await notice.waitFor();
  await late.page.getByRole('button', { name: 'Écarter' }).click();
  const sure = late.page.getByRole('dialog', { name: /Écarter ces modifications/ });
  await accessible(late.page, 'discarding');
  await sure.getByRole('button', { name: 'Écarter' }).click();
  await until('nothing waits', async () => (await notice.count()) === 0);
  await until('nor on the phone', async () => (await phone.page.getByText('arrivée après le gel').count()) === 0);
});

test('frozen while both type: each key is in the text or kept for who typed it, and the caret comes back', async () => {
  const both = [await writing(VICTOR), await writing(RENAUD)];
  const [one, two] = both;
  await complete(one);
  await one.type('Conditions', 'Début.');
  await one.saved();
  await two.sees('Conditions', 'Début.');

  // The caret stands in a word; frozen and reopened, it stands there again.
  await one.section('Conditions').click();
  await one.page.keyboard.press('ControlOrMeta+Home');
  await one.page.keyboard.press('ArrowRight');
  await one.page.keyboard.press('ArrowRight');
  await move(VICTOR, { transition: 'T03' });
  await one.section('Conditions').waitFor({ state: 'detached' });
  await reopen();
  const returned = () => one.section('Conditions').evaluate((element) => element === document.activeElement);
  await one.section('Conditions').waitFor();
  await until('the caret is back', returned);
  await one.page.keyboard.type('X');
  await one.saved();
  await two.sees('Conditions', 'DéXbut.');

  const keys = ['abcdefghijklmnopqrstuvwxyz'.repeat(100), '0123456789'.repeat(260)];
  let enough = false;
  const typed = Promise.all(
    both.map(async (writer, at) => {
      await writer.type('Conditions', ' ');
      for (let next = 0; !enough; next += 1) await writer.page.keyboard.type(keys[at][next], { delay: 30 });
    })
  );
  await until('both have typed some', async () => {
    const text = (await one.text('Conditions')).replace('DéXbut.', '');
    return [/[a-z]/g, /[0-9]/g].every((kind) => (text.match(kind) ?? []).length >= 4);
  });
  await move(VICTOR, { transition: 'T03' });
  for (const { page } of both) await page.getByText(/Déposée par .+le texte est figé/).first().waitFor();
  enough = true;
  await typed;
  // What was typed into an editor came before the freeze or was kept aside; the rest met no editor.
  const shown = async (writer, email) => {
    const proposal = await read(await Account.signIn(server, email));
    const text = proposal.sections.find((section) => section.key === 'conditions').html;
    return [text, await added(writer.page)];
  };
  for (const [at, email] of [VICTOR, RENAUD].entries()) {
    await until('nothing is under way', async () => (await both[at].state()) === 'saved');
    const [text, aside] = await shown(both[at], email);
    const own = (words) => [...words].filter((key) => keys[at].includes(key)).join('');
    const reached = own(text.replace(/<[^>]*>|DéXbut\./g, '')) + own(aside);
    assert.ok(keys[at].startsWith(reached), `in order, once each: ${reached}`);
    assert.ok(reached.length >= 1);
  }
  await reopen();
  await one.section('Conditions').waitFor();
  await until('the caret is back, too', returned);
  await one.page.keyboard.type('!');
  await one.saved();
  await two.sees('Conditions', '!');
});
