// Where no WebSocket gets through, the text is written all the same: two real browsers behind a
// proxy that is as bad as those of real networks, a third on a plain WebSocket, one paragraph.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { Proxy } from '../support/proxy.mjs';
import { until } from '../support/wait.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const VICTOR = 'victor.demo@golfe.example';
const RENAUD = 'renaud.factice@cci.example';
const HUGO = 'hugo.maquette@region.example';
/** What a refused WebSocket and a cut request leave in the console. */
const NETWORK = /WebSocket|Failed to load resource|net::ERR|Failed to fetch/;

let server;
let visitors = [];
let proxies = [];
let marks = 0;

before(async () => (server = await Chantier.start()));
after(async () => {
  await closeBrowser();
  await server?.discard();
});
afterEach(async () => {
  const [leaving, stopping] = [visitors, proxies];
  [visitors, proxies] = [[], []];
  for (const visitor of leaving) await visitor.leave();
  for (const proxy of stopping) await proxy.stop();
});

async function behind(rules) {
  const proxy = await Proxy.start(server, rules);
  proxies.push(proxy);
  return proxy;
}

async function writing(email, through = server, proposal = 'pro-02') {
  const visitor = await Visitor.arrive(through);
  visitor.expects(NETWORK);
  visitors.push(visitor);
  await visitor.signIn(email);
  return new Writer(visitor, proposal).write();
}

const way = (writer) => writer.page.locator('[data-saved]').getAttribute('data-way');

/** Two behind the proxy and one beside it write in one paragraph, then all read the same. */
async function together(rules, { letters = 12 } = {}) {
  const proxy = await behind(rules);
  const [one, two, three] = [await writing(VICTOR, proxy), await writing(RENAUD, proxy), await writing(VICTOR)];
  assert.equal(await way(one), 'requests');
  assert.equal(await way(two), 'requests');
  assert.equal(await way(three), 'websocket');
  // Its own mark: an earlier test's would be seen before this one's arrives.
  marks += 1;
  const mark = `Début ${marks}.`;
  await one.type('Contexte', ` ${mark}`);
  for (const other of [two, three]) await other.sees('Contexte', mark);
  for (const writer of [two, three]) {
    await writer.toEnd('Contexte');
  }
  await Promise.all([
    one.page.keyboard.type('A'.repeat(letters), { delay: 40 }),
    two.page.keyboard.type('B'.repeat(letters), { delay: 40 }),
    three.page.keyboard.type('C'.repeat(letters), { delay: 40 })
  ]);
  await Promise.all([one, two, three].map((writer) => writer.saved()));
  const count = (text, letter) => text.split(mark).pop().split(letter).length - 1;
  await until('all three read the same, with every letter once', async () => {
    const texts = await Promise.all([one, two, three].map((writer) => writer.text('Contexte')));
    if (!texts.every((text) => text === texts[0])) throw new Error(JSON.stringify(texts));
    if (!['A', 'B', 'C'].every((letter) => count(texts[0], letter) === letters)) throw new Error(texts[0]);
    return true;
  });
  // "Saved" was true: the server's own reading has it.
  const reader = await Account.signIn(server, HUGO);
  const text = await one.text('Contexte');
  await until('the server has the same', async () => {
    const proposal = await reader.json('GET', '/api/proposals/pro-02');
    const section = proposal.sections.find((each) => each.key === 'context') ?? { html: '' };
    const plain = section.html.replace(/<[^>]+>/g, '').replaceAll('&#39;', '’');
    return plain.includes(text.split('\n').pop().slice(-60));
  });
  return { proxy, one, two, three };
}

test('a proxy that refuses WebSockets', async () => {
  const { proxy, one, two, three } = await together({ upgrades: 'refuse' });
  assert.ok(proxy.count('UPGRADE') === 0 && proxy.seen.some((line) => line.startsWith('UPGRADE')), 'a WebSocket was tried');
  // Who is here shows both ways, once each.
  await three.page.getByText('2 personnes rédigent cette fiche').waitFor();
  await one.page.getByText('2 personnes rédigent cette fiche').waitFor();
  // Carets arrive too.
  await two.section('Contexte').click();
  await one.page.locator('.remote-caret').first().waitFor();
});

test('a proxy that accepts WebSockets and swallows what they carry', async () => {
  await together({ upgrades: 'swallow' });
});

test('a proxy that holds event streams back too', async () => {
  const { proxy } = await together({ upgrades: 'refuse', buffer: true });
  assert.ok(proxy.seen.some((line) => line.includes('poll=1')), 'plain answers were used');
});

test('a proxy that cuts requests after four seconds', async () => {
  const { proxy, one, two } = await together({ upgrades: 'refuse', cutAfterMs: 4_000 });
  await until('something was cut', () => proxy.cut >= 2, { within: 30_000 });
  // Nobody noticed, and it goes on.
  assert.notEqual(await one.state(), 'offline');
  await one.type('Contexte', ' Toujours là.');
  await two.sees('Contexte', 'Toujours là.');
  await one.saved();
});

test('a proxy that cuts long requests and holds streams back', async () => {
  const { proxy, one, two } = await together({ upgrades: 'swallow', buffer: true, cutAfterMs: 5_000 });
  await until('something was cut', () => proxy.cut >= 1, { within: 30_000 });
  await two.type('Contexte', ' Encore un mot.');
  await one.sees('Contexte', 'Encore un mot.');
  await two.saved();
});

test('a proxy that closes after each answer', async () => {
  await together({ upgrades: 'refuse', closing: true });
});

test('a line that loses every third answer loses and doubles no word', async () => {
  const { proxy } = await together({ upgrades: 'refuse', buffer: true, loseEvery: 3 });
  assert.ok(proxy.lost > 2, `answers were lost: ${proxy.lost}`);
});

test('offline and back, behind the proxy', async () => {
  const proxy = await behind({ upgrades: 'refuse' });
  const [one, two] = [await writing(VICTOR, proxy), await writing(RENAUD, proxy)];
  await one.visitor.context.setOffline(true);
  await one.type('Description', ' Écrit sans réseau.');
  await one.reaches('offline', 'pending');
  await two.type('Description', ' Pendant ce temps.');
  await two.saved();
  await one.visitor.context.setOffline(false);
  await two.sees('Description', 'Écrit sans réseau.');
  await one.sees('Description', 'Pendant ce temps.');
  await one.saved();
});

test('the server stops, starts again, and nothing is lost', async () => {
  const proxy = await behind({ upgrades: 'refuse' });
  const one = await writing(VICTOR, proxy);
  await server.kill();
  await one.type('Conditions', ' Pendant l’arrêt.');
  await one.reaches('offline', 'pending');
  await server.up();
  await until('all is saved', async () => (await one.state()) === 'saved', { within: 60_000 });
  const two = await writing(RENAUD);
  await two.sees('Conditions', 'Pendant l’arrêt.');
});

test('an ended right and an ended session arrive at once', async () => {
  const proxy = await behind({ upgrades: 'refuse' });
  const facilitator = await Account.signIn(server, HUGO);
  const two = await writing(RENAUD, proxy);
  const proposal = await facilitator.json('GET', '/api/proposals/pro-02');
  const renaud = proposal.contributors.find((person) => person.usual_name === 'Factice');
  await facilitator.json('DELETE', `/api/proposals/pro-02/contributors/${renaud.person_id}`, undefined, 204);
  await two.page.getByText('Vos droits ont changé').waitFor();
  await facilitator.json('POST', '/api/proposals/pro-02/contributors', { person_ids: [renaud.person_id] });

  const one = await writing(VICTOR, proxy);
  const status = await one.page.evaluate(async () => (await fetch('/api/sessions/current', { method: 'DELETE' })).status);
  assert.equal(status, 204);
  await one.page.getByText('Votre session est terminée').waitFor();
});

test('many tabs behind the proxy leave room for everything else', async () => {
  const proxy = await behind({ upgrades: 'refuse' });
  const one = await writing(VICTOR, proxy);
  const tabs = [one];
  for (let more = 0; more < 7; more += 1) {
    const page = await one.visitor.context.newPage();
    await page.goto('/propositions/pro-02?rediger');
    const tab = new Writer({ page, context: one.visitor.context, open: (address) => page.goto(address) }, 'pro-02');
    await tab.section('Contexte').waitFor();
    tabs.push(tab);
  }
  const last = tabs.at(-1);
  await last.saved();
  // Streams hang for as long as the tabs live: a request behind them would never be answered.
  await last.page.waitForFunction(() => fetch('/api/me').then((answer) => answer.ok));
  await last.type('Conditions', ' Huitième onglet.');
  await last.saved();
  await one.sees('Conditions', 'Huitième onglet.');
});
