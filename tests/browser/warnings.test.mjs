// A proposal on which nothing happened for long, in real browsers: the facilitator warns its owner, who reads it
// on the open page and on "Mon bureau"; an edit is enough for the warnings to lapse. Time is moved in the database.

import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const OWNER = 'victor.demo@golfe.example';
const FACILITATOR = 'hugo.maquette@region.example';
const PROPOSAL = 'pro-02';

let server;
let visitors = [];

before(async () => {
  server = await Chantier.start({ database: 'postgres' });
  asleep(330);
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

/** Everything that happened on the proposal happened so many days ago. */
function asleep(days) {
  const at = Date.now() - days * 86_400_000;
  const document = `(select document_id from proposal where proposal_id = '${PROPOSAL}')`;
  server.sql(`update proposal set updated_at_ms = ${at} where proposal_id = '${PROPOSAL}'`);
  server.sql(`update comment set created_at_ms = ${at} where proposal_id = '${PROPOSAL}'`);
  for (const table of ['log_row', 'log_segment']) server.sql(`update ${table} set created_at_ms = ${at} where document_id = ${document}`);
}

async function arrive(email, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  await visitor.signIn(email);
  await visitor.open(`/propositions/${PROPOSAL}`);
  return visitor;
}

test('the facilitator warns the owner of a proposal asleep; the owner reads it at once, and an act ends it', async () => {
  const facilitator = await arrive(FACILITATOR);
  const owner = await arrive(OWNER, { width: 390, height: 844 });
  const { page } = facilitator;

  // What stands against closing it says what is still needed, and leads to it.
  await page.getByRole('button', { name: 'Toutes les actions sur la proposition' }).click();
  await page.getByRole('menuitem', { name: 'Avertir le pilote', exact: true }).waitFor();
  await page.getByRole('menuitem', { name: /Classer sans suite/ }).click();
  const close = page.getByRole('dialog', { name: 'Classer sans suite' });
  await close.getByText('Avertissement 1').waitFor();
  await close.getByText(/Classement sans suite.+possible à partir du/).waitFor();
  await accessible(page, 'closing an inactive proposal');
  await close.getByRole('link', { name: 'Avertir le pilote' }).click();

  const warn = page.getByRole('dialog', { name: 'Avertir le pilote' });
  await warn.getByText('Aucune activité depuis 330 jours').waitFor();
  await accessible(page, 'warning the owner');
  await warn.getByRole('button', { name: 'Avertir le pilote' }).click();
  await page.getByText(/Le pilote est averti.+Il faut encore 1 avertissement/).waitFor();

  // The open page of the owner says it without being read again; so does the desk.
  await owner.page.getByText('Cette proposition risque d’être classée sans suite').waitFor();
  await wellMade(owner.page, 'a warned proposal on a phone');
  await owner.open('/bureau');
  const item = owner.page.getByRole('listitem').filter({ hasText: 'Dire si la proposition continue' });
  await item.getByRole('link', { name: /Reprendre la proposition/ }).click();
  await owner.page.getByText('les avertissements tombent aussitôt').waitFor();

  // A second one at once is refused, and says from when it is possible.
  await page.getByRole('button', { name: 'Toutes les actions sur la proposition' }).click();
  await page.getByRole('menuitem', { name: 'Avertir le pilote (pourquoi\u202f?)' }).click();
  await warn.getByText(/Avertissement 2.+possible à partir du/).waitFor();
  await page.keyboard.press('Escape');

  // An act of the owner, and the warning has lapsed.
  const account = await Account.signIn(server, OWNER);
  const { version, title, summary } = await account.json('GET', `/api/proposals/${PROPOSAL}`);
  await account.json('PATCH', `/api/proposals/${PROPOSAL}`, { title, summary: `${summary} Suite.`, expected_version: version });
  await owner.open(`/propositions/${PROPOSAL}`);
  await owner.page.getByText('Cette proposition risque').waitFor({ state: 'hidden' });
});
