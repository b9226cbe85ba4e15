// Two tabs of one person, a laptop that wakes, a browser that keeps nothing or is full, clocks that
// jump: nothing is lost, nothing is doubled, and the page says what is true.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { Proxy } from '../support/proxy.mjs';
import { until } from '../support/wait.mjs';
import { accessible } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const VICTOR = 'victor.demo@golfe.example';
const RENAUD = 'renaud.factice@cci.example';
const HUGO = 'hugo.maquette@region.example';
const NETWORK = /WebSocket|Failed to load resource|net::ERR|Failed to fetch/;
/** The first byte of a frame that says who is here. */
const PRESENCE = 1;
const DAY_MS = 24 * 3_600_000;

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

async function writing(email, { through = server, prepare, disk = false } = {}) {
  const visitor = await Visitor.arrive(through, { disk });
  visitor.expects(NETWORK);
  visitors.push(visitor);
  await prepare?.(visitor);
  await visitor.signIn(email);
  return new Writer(visitor, 'pro-02').write();
}

/** A second tab of the same person, writing. */
async function tab(of) {
  const page = await of.visitor.context.newPage();
  const second = new Writer({ page, context: of.visitor.context, server: of.visitor.server }, 'pro-02');
  await page.goto('/propositions/pro-02?rediger');
  await second.section('Contexte').waitFor();
  await second.saved();
  return second;
}

/** Kept to be looked at, where a folder is named for them. */
async function picture(page, name) {
  const folder = process.env.CHANTIER_SHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: false });
}

const count = (text, words) => text.split(words).length - 1;

/** What the server's own reading of a section says. */
async function stored(words) {
  const reader = await Account.signIn(server, HUGO);
  return until(`the server has "${words}"`, async () => {
    const proposal = await reader.json('GET', '/api/proposals/pro-02');
    const text = proposal.sections.map((section) => section.html ?? '').join('\n');
    return text.includes(words) && text;
  });
}

async function same(...writers) {
  await until('all read the same', async () => {
    const texts = await Promise.all(writers.map((writer) => writer.text('Contexte')));
    if (!texts.every((text) => text === texts[0])) throw new Error(JSON.stringify(texts));
    return true;
  });
}

test('two tabs of one person: both type online and offline, one is closed, both come back', async () => {
  const one = await writing(VICTOR);
  const two = await tab(one);
  await one.type('Contexte', ' Premier onglet.');
  await two.sees('Contexte', 'Premier onglet.');
  await two.type('Contexte', ' Second onglet.');
  await one.sees('Contexte', 'Second onglet.');
  await one.page.getByText('Vous rédigez cette fiche').waitFor();

  await one.visitor.context.setOffline(true);
  await one.type('Contexte', ' Premier sans réseau.');
  await two.type('Contexte', ' Second sans réseau.');
  await one.reaches('offline');
  await two.reaches('offline');
  await two.page.close({ runBeforeUnload: false });
  await one.page.close({ runBeforeUnload: false });
  await one.visitor.context.setOffline(false);

  one.visitor.page = await one.visitor.context.newPage();
  await one.write();
  const again = await tab(one);
  for (const words of ['Premier onglet.', 'Second onglet.', 'Premier sans réseau.', 'Second sans réseau.']) {
    await one.sees('Contexte', words);
    assert.equal(count(await one.text('Contexte'), words), 1, `${words} is there once`);
  }
  await same(one, again);
  await one.saved();
  const text = await stored('Second sans réseau.');
  assert.equal(count(text, 'Premier sans réseau.'), 1);
  // Nothing is left to ask about.
  await one.page.getByRole('button', { name: /^Menu de/ }).click();
  await one.page.getByRole('menuitem', { name: 'Se déconnecter' }).click();
  await one.page.waitForURL(/\/connexion/);
});

test('two tabs make one record of many at the same time, and lose none', async () => {
  const one = await writing(VICTOR);
  for (let line = 0; line < 26; line += 1) await one.type('Caractère expérimental', ` ligne${line}.`);
  await one.saved();
  const open = () => tab(one);
  const tabs = await Promise.all([open(), open(), open()]);
  await Promise.all(tabs.map((each, at) => each.type('Caractère expérimental', ` onglet${at}.`)));
  await Promise.all(tabs.map((each) => each.saved()));
  await one.visitor.context.setOffline(true);
  const last = await one.text('Caractère expérimental');
  for (const word of ['ligne0.', 'ligne25.', 'onglet0.', 'onglet1.', 'onglet2.']) assert.equal(count(last, word), 1, word);
  await one.visitor.context.setOffline(false);
});

test('undo takes back only this tab’s words, and goes on after a cut line', async () => {
  const one = await writing(VICTOR);
  const two = await tab(one);
  await one.type('Conditions', ' Du premier.');
  await two.sees('Conditions', 'Du premier.');
  await two.type('Conditions', ' Du second.');
  await one.sees('Conditions', 'Du second.');
  await one.visitor.context.setOffline(true);
  await one.reaches('offline');
  await one.visitor.context.setOffline(false);
  await one.saved();
  await two.saved();
  await one.section('Conditions').click();
  await one.page.keyboard.press('ControlOrMeta+z');
  await until('the first tab’s words are gone', async () => !(await one.text('Conditions')).includes('Du premier.'));
  await two.sees('Conditions', 'Du second.');
  await until('and in the second tab', async () => !(await two.text('Conditions')).includes('Du premier.'));
  await two.section('Conditions').click();
  await two.page.keyboard.press('ControlOrMeta+z');
  await until('the second tab’s words are gone', async () => !(await two.text('Conditions')).includes('Du second.'));
});

test('a laptop that wakes after a day, the server started anew meanwhile', async () => {
  // The line is cut at a proxy: Chromium's own offline switch now and then ends its network process, and with it the cookies.
  const line = await Proxy.start(server);
  const one = await writing(VICTOR, { through: line, prepare: (visitor) => visitor.context.clock.install() });
  const client = await one.visitor.context.newCDPSession(one.page);
  line.sever();
  await one.type('Contexte', ' Avant de dormir.');
  await one.reaches('offline', 'pending');
  await client.send('Page.setWebLifecycleState', { state: 'frozen' });
  await server.kill();
  await server.up();
  const two = await writing(RENAUD);
  await two.type('Contexte', ' Pendant la nuit.');
  await two.saved();
  await client.send('Page.setWebLifecycleState', { state: 'active' });
  await one.visitor.context.clock.setSystemTime(Date.now() + DAY_MS);
  line.mend();
  await one.sees('Contexte', 'Pendant la nuit.');
  await two.sees('Contexte', 'Avant de dormir.');
  await one.saved();
  await same(one, two);
  assert.equal(count(await one.text('Contexte'), 'Avant de dormir.'), 1);
  await line.stop();
});

for (const way of ['websocket', 'requests']) {
  test(`a session that ended in the night keeps the words, and sends them after signing in (${way})`, async () => {
    const proxy = way === 'requests' ? await Proxy.start(server, { upgrades: 'refuse' }) : null;
    const one = await writing(VICTOR, { through: proxy ?? server });
    assert.equal(await one.page.locator('[data-saved]').getAttribute('data-way'), way);
    await one.visitor.context.setOffline(true);
    await one.type('Contexte', ` Mots de la veille (${way}).`);
    await one.reaches('offline', 'pending');
    // Signed out elsewhere: "everywhere", from another browser.
    const cookie = (await one.visitor.context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
    const ended = await fetch(`${server.url}/api/sessions/current`, { method: 'DELETE', headers: { cookie, origin: server.url } });
    assert.equal(ended.status, 204);
    await one.visitor.context.setOffline(false);
    await one.reaches('ended');
    const { page } = one;
    await page.getByText('Session terminée').first().waitFor();
    assert.equal(await page.getByText('Hors connexion').count(), 0, 'it is not the network that is away');
    await page.getByText(`Mots de la veille (${way}).`).first().waitFor();
    await accessible(page, 'signed out with unsent words');
    await picture(page, `ended-${way}`);
    await page.getByRole('button', { name: 'Se reconnecter' }).click();
    await page.getByLabel('Adresse électronique').fill(VICTOR);
    await page.getByLabel('Mot de passe', { exact: true }).fill('chantier-demo');
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await one.sees('Contexte', `Mots de la veille (${way}).`);
    await one.saved();
    const text = await stored(`Mots de la veille (${way}).`);
    assert.equal(count(text, `Mots de la veille (${way}).`), 1);
    await visitors.pop().leave();
    await proxy?.stop();
  });
}

test('a browser that forbids its store: saved on the server, and said', async () => {
  const forbid = (visitor) =>
    visitor.context.addInitScript(() => {
      Object.defineProperty(IDBFactory.prototype, 'open', {
        value() {
          throw new DOMException('forbidden', 'SecurityError');
        }
      });
    });
  const one = await writing(VICTOR, { prepare: forbid });
  const { page, visitor } = one;
  await page.getByText('Ce navigateur refuse de garder une copie').waitFor();
  await one.type('Contexte', ' Sans copie ici.');
  await one.saved();
  await stored('Sans copie ici.');
  await picture(page, `forbidden`);

  await visitor.context.setOffline(true);
  await one.type('Contexte', ' Seulement sur la page.');
  await page.getByText('ne sont pas gardées sur cet appareil').first().waitFor();
  // Leaving and signing out ask first, and say that nothing is kept.
  await page.getByRole('link', { name: /Programme|CREER|Région/ }).first().click();
  const leave = page.getByRole('dialog', { name: 'Tout n’est pas encore enregistré' });
  await leave.waitFor();
  await picture(page, `leave`);
  await accessible(page, 'leaving with words that only the page holds');
  await leave.getByRole('button', { name: 'Rester jusqu’à l’envoi' }).click();
  await page.getByRole('button', { name: /^Menu de/ }).click();
  await page.getByRole('menuitem', { name: 'Se déconnecter' }).click();
  const out = page.getByRole('dialog', { name: /modifications ne sont pas encore envoyées/ });
  await out.waitFor();
  assert.equal(await out.getByRole('button', { name: 'Se déconnecter et garder ici' }).count(), 0, 'nothing can be kept here');
  await picture(page, `signout`);
  await out.getByRole('button', { name: 'Attendre l’envoi' }).click();
  // "Terminer" does not put down what would be lost.
  await page.getByRole('button', { name: 'Terminer' }).first().click();
  await page.getByText('La page reste ouverte jusqu’à l’envoi').first().waitFor();
  await visitor.context.setOffline(false);
  await one.saved();
  await stored('Seulement sur la page.');
});

test('a browser that is full: typing is saved on the server, and the page says that nothing is kept here', async () => {
  const visitor = await Visitor.arrive(server, { disk: true });
  visitor.expects(NETWORK);
  visitors.push(visitor);
  await visitor.signIn(VICTOR);
  // What a browser knows of its space is as old as its first look: the disk is full before it. The
  // quota is held from a page that stays, or it ends with the next navigation.
  const holder = await visitor.context.newPage();
  await holder.goto('/aide');
  const client = await visitor.context.newCDPSession(holder);
  await client.send('Storage.overrideQuotaForOrigin', { origin: server.url, quotaSize: 1 });
  const one = await new Writer(visitor, 'pro-02').write();
  await one.type('Contexte', ' Plein.');
  await one.page.getByText('Ce navigateur refuse de garder une copie').waitFor();
  await one.type('Contexte', ' Encore après.');
  await one.saved();
  await stored('Encore après.');
  // The next visit has the whole text: no mark is ahead of what was written.
  await one.page.goto('/aide');
  await one.write();
  await one.sees('Contexte', 'Plein. Encore après.');
  await one.saved();
});

for (const [name, jump] of [['forward', DAY_MS], ['back', -DAY_MS]]) {
  test(`a clock that jumps a day ${name} in the browser`, async () => {
    let shown = 0;
    const one = await writing(VICTOR, {
      prepare: async (visitor) => {
        await visitor.context.clock.install();
        visitor.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => (shown += payload[0] === PRESENCE ? 1 : 0)));
      }
    });
    const two = await writing(RENAUD);
    await one.type('Contexte', ` Avant le saut ${name}.`);
    await two.sees('Contexte', `Avant le saut ${name}.`);
    await one.visitor.context.clock.setSystemTime(Date.now() + jump);
    await one.type('Contexte', ` Après le saut ${name}.`);
    await two.sees('Contexte', `Après le saut ${name}.`);
    await two.type('Contexte', ` Réponse ${name}.`);
    await one.sees('Contexte', `Réponse ${name}.`);
    await one.saved();
    // Whoever only reads on says again and again that they are here, and is not forgotten.
    const before = shown;
    await until('it was said twice more', () => shown >= before + 2, { within: 90_000, every: 100 });
    await two.page.getByText('2 personnes rédigent cette fiche').waitFor();
    await one.saved();
    await same(one, two);
    // One step of undo is one step.
    await one.section('Contexte').click();
    await one.page.keyboard.press('ControlOrMeta+z');
    await until('the last words are gone', async () => !(await one.text('Contexte')).includes(`Après le saut ${name}.`));
    if (name === 'back') await one.sees('Contexte', `Avant le saut ${name}.`);
  });
}
