// Coming in: set-up link, sign-in, refusals, invitation, sessions, and what a stranger is told.

import assert from 'node:assert/strict';
import { after, afterEach, describe, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const VICTOR = 'victor.demo@golfe.example';
const ADMIN = 'soline.charpente@region.example';
const REFUSED = /Failed to load resource.*(401|404|410|422|429)|Not found: /;

let visitors = [];
async function arrive(server, options) {
  const visitor = await Visitor.arrive(server, options);
  visitors.push(visitor);
  return visitor;
}
afterEach(async () => {
  const leaving = visitors;
  visitors = [];
  for (const visitor of leaving) await visitor.leave();
});
after(closeBrowser);

describe('with the demonstration', () => {
  let server;
  before(async () => (server = await Chantier.start()));
  after(() => server?.discard());

  test('the six people of the demonstration come in with one click', async () => {
    const visitor = await arrive(server);
    await visitor.open('/connexion');
    const people = visitor.page.getByRole('button', { name: /^Entrer comme/ });
    assert.equal(await people.count(), 6);
    await accessible(visitor.page, 'sign-in');
    await wellMade(visitor.page, 'sign-in');
    await people.filter({ hasText: 'Victor' }).click();
    await visitor.page.waitForURL((url) => url.pathname === '/');
    await visitor.page.getByRole('button', { name: /Menu de Victor/ }).waitFor();
  });

  test('a wrong password says so and keeps the address; then one is where one wanted to be', async () => {
    const visitor = (await arrive(server)).expects(REFUSED);
    const { page } = visitor;
    await page.goto('/propositions/pro-02');
    await page.waitForURL(/\/connexion\?retour=/);
    await page.getByLabel('Adresse électronique').fill(VICTOR);
    await page.getByLabel('Mot de passe', { exact: true }).fill('not the password');
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await page.getByRole('alert').filter({ hasText: 'ne correspond pas' }).or(page.getByText('L’adresse ou le mot de passe ne correspond pas.')).first().waitFor();
    await accessible(page, 'refused sign-in');
    assert.equal(await page.getByLabel('Adresse électronique').inputValue(), VICTOR);
    await page.getByLabel('Mot de passe', { exact: true }).fill('chantier-demo');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/propositions\/pro-02/);
  });

  test('a lost cookie leads to sign-in and back', async () => {
    const visitor = (await arrive(server)).expects(REFUSED);
    await visitor.signIn(VICTOR);
    await visitor.context.clearCookies();
    await visitor.page.goto('/recherche?texte=quai');
    await visitor.page.waitForURL(/\/connexion\?retour=/);
    await visitor.page.getByLabel('Adresse électronique').fill(VICTOR);
    await visitor.page.getByLabel('Mot de passe', { exact: true }).fill('chantier-demo');
    await visitor.page.keyboard.press('Enter');
    await visitor.page.waitForURL(/\/recherche\?texte=quai/);
  });

  test('what does not exist and what one may not read look the same', async () => {
    const visitor = (await arrive(server)).expects(REFUSED);
    await visitor.signIn(VICTOR);
    const { page } = visitor;
    const hidden = await firstHidden(server, VICTOR);
    const told = [];
    for (const address of ['/nulle-part', '/propositions/pro-999', `/propositions/${hidden}`, '/chantiers/CH99']) {
      await page.goto(address);
      await page.getByRole('heading', { level: 1, name: 'Page introuvable' }).waitFor();
      told.push((await page.locator('main').innerText()).trim());
      await accessible(page, address);
    }
    assert.equal(new Set(told).size, 1, 'one and the same page');
  });

  test('an administrator invites; the link serves once; sessions are listed and ended', async () => {
    const admin = await Account.signIn(server, ADMIN);
    const organisation = (await admin.json('GET', '/api/organisations')).organisations[0];
    const invited = await admin.json('POST', '/api/invitations', { email: 'nouvelle.personne@region.example', given_name: 'Nouvelle', usual_name: 'Personne', job_title: 'Chargée de mission', elected: false, organisation_id: organisation.organisation_id, mandates: [] }, 201);
    const address = new URL(invited.url).pathname;

    const visitor = (await arrive(server)).expects(REFUSED);
    const { page } = visitor;
    await visitor.open(address);
    await accessible(page, 'invitation');
    await wellMade(page, 'invitation');
    await page.getByLabel('Mot de passe', { exact: true }).fill('court');
    await page.getByRole('button', { name: 'Ouvrir mon compte' }).click();
    await page.getByText('12 caractères au moins.', { exact: true }).waitFor();
    await page.getByLabel('Mot de passe', { exact: true }).fill('une phrase assez longue');
    await page.getByRole('button', { name: 'Ouvrir mon compte' }).click();
    await page.waitForURL((url) => url.pathname === '/');
    await page.getByRole('button', { name: /Menu de Nouvelle Personne/ }).waitFor();

    const late = (await arrive(server)).expects(REFUSED);
    await late.open(address);
    await late.page.getByText('Il a déjà servi').waitFor();
    await accessible(late.page, 'used link');
    await late.open('/invitation/nothing-like-a-link');
    await late.page.getByRole('heading', { name: 'Ce lien n’est plus valable' }).waitFor();

    const elsewhere = await Account.signIn(server, 'nouvelle.personne@region.example', 'une phrase assez longue');
    const sessions = (await elsewhere.json('GET', '/api/sessions')).sessions;
    const browser = sessions.find((session) => !session.current);
    await elsewhere.json('DELETE', `/api/sessions/${browser.session_id}`, undefined, 204);
    await page.goto('/');
    await page.waitForURL(/\/connexion/);
  });

  test('the lists behind the pages are for those signed in', async () => {
    const victor = await Account.signIn(server, VICTOR);
    const stranger = new Account(server, 'nobody');
    assert.ok((await victor.json('GET', '/api/bodies')).bodies.length > 7);
    assert.ok((await victor.json('GET', '/api/colleges')).colleges.length > 3);
    assert.ok((await victor.json('GET', '/api/programme/settings')).region_name);
    for (const address of ['/api/bodies', '/api/colleges', '/api/programme/settings']) {
      assert.equal((await stranger.ask('GET', address)).status, 401, address);
    }
  });

  test('too many tries are told when to come back', async () => {
    const visitor = (await arrive(server)).expects(REFUSED);
    const { page } = visitor;
    await visitor.open('/connexion');
    await page.getByLabel('Adresse électronique').fill('zoe.esquisse@cma.example');
    const told = page.getByText(/^Trop d’essais/);
    await until(
      'the page says when to come back',
      async () => {
        await page.getByLabel('Mot de passe', { exact: true }).fill('wrong again');
        const answered = page.waitForResponse('**/api/sessions');
        await page.keyboard.press('Enter');
        await answered;
        await page.getByRole('button', { name: 'Se connecter' }).and(page.locator(':not([aria-busy="true"])')).waitFor();
        return (await told.count()) > 0;
      },
      { within: 60_000 }
    );
    assert.match(await told.first().innerText(), /\d+\s(secondes?|minutes?)/);
  });
});

describe('from nothing', () => {
  test('the printed link sets the workspace up, once', async () => {
    const server = await Chantier.start({ demo: false });
    try {
      const link = await until('the set-up link is printed', () => /http\S*\/installation\/\S+/.exec(server.printed + server.logged)?.[0]);
      const address = new URL(link).pathname;
      const stranger = await arrive(server);
      await stranger.page.goto('/');
      await stranger.page.locator('h1').first().waitFor();
      await accessible(stranger.page, 'not ready');

      const visitor = (await arrive(server)).expects(REFUSED);
      const { page } = visitor;
      await visitor.open(address);
      await accessible(page, 'set-up');
      await wellMade(page, 'set-up');
      assert.match(await page.getByLabel('Sigle').inputValue(), /\S/, 'prefilled');
      assert.match(await page.getByLabel('Objectif annuel').inputValue(), /\d/, 'prefilled');
      await page.getByLabel('Nom de la Région').fill('Région Exemple');
      await page.getByLabel('Prénom').fill('Première');
      await page.getByLabel('Nom d’usage').fill('Personne');
      await page.getByLabel('Adresse électronique').fill('premiere@region.example');
      await page.getByLabel('Mot de passe', { exact: true }).fill('une phrase assez longue');
      await page.getByRole('button', { name: 'Créer l’espace' }).click();
      await page.getByRole('button', { name: /Menu de Première Personne/ }).waitFor();
      await page.goto('/');
      await visitor.settled();
      assert.equal(new Set(await page.locator('a[href^="/chantiers/"]').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).size, 7);

      const late = (await arrive(server)).expects(REFUSED);
      await late.page.goto(address);
      await late.page.getByRole('heading', { level: 1, name: 'Ce lien n’est plus valable' }).waitFor();
      for (const visiting of visitors.splice(0)) await visiting.leave();
    } finally {
      await server.discard();
    }
  });
});

/** A proposal that this person may not read. */
async function firstHidden(server, email) {
  const account = await Account.signIn(server, email);
  for (let number = 1; number <= 21; number += 1) {
    const id = `pro-${String(number).padStart(2, '0')}`;
    if ((await account.ask('GET', `/api/proposals/${id}`)).status === 404) return id;
  }
  throw new Error(`${email} may read everything: choose somebody else`);
}
