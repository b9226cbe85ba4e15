// The meetings of a commission in a real browser: planned, moved within the notice of what is frozen for them,
// their agenda, cancelled once nothing waits; wide and on a phone.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

/** Runs CH1. */
const YANIS = 'yanis.croquis@region.example';
const REFUSED = /40[39] \((Forbidden|Conflict)\)/;

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

async function arrive(email, look) {
  const visitor = await Visitor.arrive(server, look);
  visitors.push(visitor);
  await visitor.signIn(email);
  await visitor.open('/chantiers/CH1?onglet=reunions');
  return visitor;
}

const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

test('a meeting is planned, gets an agenda in order, moves and is cancelled', async () => {
  const { page } = await arrive(YANIS);
  await page.getByRole('button', { name: 'Planifier une réunion' }).click();
  const plan = page.getByRole('dialog', { name: 'Planifier une réunion' });
  await plan.getByLabel('Objet de la réunion').fill('Séance de relecture');
  await plan.getByRole('button', { name: 'Planifier une réunion' }).click();
  await plan.getByText('À renseigner.').waitFor();
  await accessible(page, 'planning a meeting');
  await plan.getByLabel('Jour').fill(inDays(30));
  // Closed by mistake, it is still typed.
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Planifier une réunion' }).click();
  assert.equal(await plan.getByLabel('Objet de la réunion').inputValue(), 'Séance de relecture');
  await plan.getByRole('button', { name: 'Planifier une réunion' }).click();
  await page.getByText(/Réunion planifiée le/).waitFor();

  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Séance de relecture' }) });
  await row.locator('summary').click();
  for (const [title, minutes] of [['Accueil', '5'], ['Tour de table', '']]) {
    await row.getByLabel('Point à ajouter').fill(title);
    await row.getByLabel('Durée (min)').fill(minutes);
    await row.getByRole('button', { name: 'Ajouter' }).click();
    await row.locator('ol li').filter({ hasText: title }).waitFor();
  }
  await row.getByRole('button', { name: 'Monter le point « Tour de table »' }).press('Enter');
  await page.getByText(/Tour de table.+est maintenant le point 1/).waitFor();
  assert.match(await row.locator('ol li').first().innerText(), /Tour de table/);
  await accessible(page, 'an agenda');
  await row.getByRole('button', { name: 'Retirer le point « Accueil »' }).click();
  await row.locator('ol li').filter({ hasText: 'Accueil' }).waitFor({ state: 'hidden' });

  await row.getByRole('button', { name: /^Annuler la réunion/ }).click();
  await page.getByRole('dialog', { name: 'Annuler la réunion' }).getByRole('button', { name: 'Annuler la réunion' }).click();
  await page.getByText('Réunion annulée.').waitFor();
  await row.getByText(/Annulée/).waitFor();
});

test('what is planned and typed outlives another tab; what somebody else changed is not overwritten', async () => {
  const visitor = await arrive(YANIS);
  visitor.expects(REFUSED);
  const { page } = visitor;
  const away = async () => {
    await page.getByRole('tab', { name: /Propositions/ }).click();
    await page.getByRole('tab', { name: /Réunions/ }).click();
  };
  const plan = page.getByRole('dialog', { name: 'Planifier une réunion' });
  const begin = () => page.getByRole('button', { name: 'Planifier une réunion' }).click();
  await begin();
  await plan.getByLabel('Objet de la réunion').fill('Séance des tiers-lieux');
  await page.keyboard.press('Escape');
  await plan.waitFor({ state: 'hidden' });
  await away();
  await begin();
  assert.equal(await plan.getByLabel('Objet de la réunion').inputValue(), 'Séance des tiers-lieux');
  await plan.getByLabel('Jour').fill(inDays(40));
  await plan.getByRole('button', { name: 'Planifier une réunion' }).click();
  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Séance des tiers-lieux' }) });
  await row.waitFor();
  await away();
  await row.waitFor();

  // Somebody else moves it while the form is open: told, and what is typed stays.
  const account = await Account.signIn(server, YANIS);
  const found = (await account.json('GET', '/api/chantiers/CH1')).meetings.find((one) => one.title === 'Séance des tiers-lieux');
  const change = page.getByRole('dialog', { name: 'Modifier la réunion' });
  await row.getByRole('button', { name: /^Modifier la réunion/ }).click();
  await change.getByLabel('Lieu').fill('Salle 12');
  const path = `/api/meetings/${found.meeting_id}`;
  const { version } = await account.json('GET', path);
  await account.json('PUT', path, { title: 'Séance avancée', starts_at_ms: found.starts_at_ms - 5 * 86_400_000, duration_minutes: 60, mode: 'onsite', expected_version: version });
  await change.getByRole('button', { name: 'Enregistrer la réunion' }).click();
  await change.getByText(/Désormais.+Séance avancée/).waitFor();
  assert.equal(await change.getByLabel('Lieu').inputValue(), 'Salle 12');
  await accessible(page, 'a meeting somebody else changed');
});

test('what is frozen for a meeting keeps its notice, and goes to another meeting before it is cancelled', async () => {
  // A version is frozen for a meeting.
  const account = await Account.signIn(server, YANIS);
  const starts_at_ms = Date.now() + 20 * 86_400_000;
  const { meeting_id } = await account.json('POST', '/api/chantiers/CH1/meetings', { title: 'Séance d’avis', starts_at_ms, duration_minutes: 120, mode: 'remote' }, 201);
  for (const [transition, given] of [['T04', { in_scope: true, is_complete: true }], ['T08', { meeting_id }]]) {
    const { version } = await account.json('GET', '/api/proposals/pro-03');
    await account.json('POST', '/api/proposals/pro-03/transitions', { transition, expected_version: version, ...given }, 201);
  }
  const visitor = await arrive(YANIS);
  const { page } = visitor;
  visitor.expects(REFUSED);
  const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Séance d’avis' }) });
  await row.locator('summary').click();
  await row.getByText('1 version figée attend cette réunion.').waitFor();
  await row.getByRole('button', { name: /^Modifier la réunion/ }).click();
  const change = page.getByRole('dialog', { name: 'Modifier la réunion' });
  await change.getByText(/Une version figée attend cette réunion.+au plus tôt le/).waitFor();
  await accessible(page, 'changing a meeting');
  // Frozen today: not before the members have had their days.
  await change.getByLabel('Jour').fill(inDays(3));
  await change.getByRole('button', { name: 'Enregistrer la réunion' }).click();
  await change.getByText('Les membres n’auraient pas le délai').waitFor();
  await change.getByLabel('Jour').fill(inDays(12));
  await change.getByRole('button', { name: 'Enregistrer la réunion' }).click();
  await page.getByText(/Réunion modifiée/).waitFor();
  await row.getByRole('button', { name: /^Annuler la réunion/ }).click();
  const cancel = page.getByRole('dialog', { name: 'Annuler la réunion' });
  await cancel.getByText(/déplacez d’abord/).waitFor();
  assert.equal(await cancel.getByRole('button', { name: 'Annuler la réunion' }).count(), 0);
  await accessible(page, 'a meeting that cannot be cancelled');
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Planifier une réunion' }).click();
  const plan = page.getByRole('dialog', { name: 'Planifier une réunion' });
  await plan.getByLabel('Objet de la réunion').fill('Séance de repli');
  await plan.getByLabel('Jour').fill(inDays(60));
  await plan.getByRole('button', { name: 'Planifier une réunion' }).click();
  await page.getByText(/Réunion planifiée le/).waitFor();
  await row.getByRole('button', { name: /^Déplacer/ }).click();
  await page.getByRole('menuitem', { name: /Séance de repli/ }).click();
  await page.getByText(/Point déplacé vers la réunion du/).waitFor();
  await row.getByText(/version figée attend/).waitFor({ state: 'hidden' });
});

test('on a phone, and for who only takes part', async () => {
  for (const width of [390, 320]) {
    const { page } = await arrive(YANIS, { width, height: 844 });
    await page.locator('details > summary').filter({ hasText: 'Ordre du jour' }).first().click();
    await page.getByLabel('Point à ajouter').first().waitFor();
    await accessible(page, `meetings at ${width} px`);
    await wellMade(page, `meetings at ${width} px`);
  }
  const { page } = await arrive('victor.demo@golfe.example');
  await page.locator('details > summary').filter({ hasText: 'Ordre du jour' }).first().waitFor();
  assert.equal(await page.getByRole('button', { name: 'Planifier une réunion' }).count(), 0);
});
