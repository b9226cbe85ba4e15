// Every page as it must be for everybody: axe without a violation in light and dark, at 320 and 1440
// pixels, in French and English; no sideways scrolling; reachable by keyboard alone; small first page.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { accessible, keyboardWalk, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const ADMIN = 'soline.charpente@region.example';
const VICTOR = 'victor.demo@golfe.example';
const INES = 'ines.prototype@region.example';
/** Bytes of scripts, styles and page on the wire, compressed; fonts and pictures do not block. */
const FIRST_PAGE_BYTES = 150_000;

/** Each page, and who looks at it. */
const PAGES = [
  { address: '/connexion', who: null },
  { address: '/', who: VICTOR },
  { address: '/chantiers/CH5', who: INES },
  { address: '/chantiers/CH5', who: INES, part: 'as columns', then: (page) => page.getByRole('button', { name: /^(Colonnes|Columns)$/ }).click() },
  { address: '/chantiers/CH5?onglet=membres', who: INES },
  { address: '/chantiers/CH5?onglet=reunions', who: INES },
  { address: '/chantiers/CH7/proposer', who: VICTOR },
  { address: '/propositions/pro-02', who: VICTOR },
  { address: '/propositions/pro-14', who: VICTOR },
  { address: '/propositions/pro-02?vue=auteurs', who: VICTOR },
  { address: '/bureau', who: INES },
  { address: '/copil', who: INES },
  { address: '/enveloppes', who: INES },
  { address: '/enveloppes/2026/CREER/requested', who: INES },
  { address: '/recherche?texte=emploi', who: VICTOR },
  { address: '/compte', who: VICTOR },
  { address: '/aide', who: VICTOR },
  { address: '/accessibilite', who: null },
  { address: '/administration', who: ADMIN },
  { address: '/administration/organisations', who: ADMIN },
  { address: '/administration/chantiers', who: ADMIN },
  { address: '/administration/programme', who: ADMIN },
  { address: '/administration/apparence', who: ADMIN },
  { address: '/administration/journal', who: ADMIN },
  { address: '/mandats', who: ADMIN }
];
/** What a page is loaded as, and turned into: any two of language, width and colours meet once. */
const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 320, height: 640 };
const LOADS = [
  { locale: 'fr-FR', looks: [['wide, light', WIDE, 'light'], ['320 px, dark', NARROW, 'dark']] },
  { locale: 'en-GB', looks: [['wide, dark, English', WIDE, 'dark'], ['320 px, light, English', NARROW, 'light']] }
];

let server;
const cookies = new Map();
before(async () => {
  server = await Chantier.start();
  for (const email of [ADMIN, VICTOR, INES]) cookies.set(email, (await Account.signIn(server, email)).cookie);
});
after(async () => {
  await closeBrowser();
  await server?.discard();
});

/** A visitor already signed in: the way in is tried elsewhere. */
async function arrive(who, look = {}) {
  const visitor = await Visitor.arrive(server, look);
  if (who) {
    const [name, value] = cookies.get(who).split(/=(.*)/s);
    await visitor.context.addCookies([{ name, value, url: server.url, httpOnly: true, sameSite: 'Lax' }]);
  }
  return visitor;
}

for (const { address, who, part, then } of PAGES) {
  describe(part ? `${address}, ${part}` : address, () => {
    for (const { locale, looks } of LOADS) {
      describe(locale, () => {
        let visitor;
        before(async () => {
          visitor = await arrive(who, { locale });
          await visitor.open(address);
          await then?.(visitor.page);
        });
        after(() => visitor.leave());

        test('keyboard alone, in its language', async () => {
          assert.equal(await visitor.page.evaluate(() => document.documentElement.lang), locale.slice(0, 2));
          const stops = await keyboardWalk(visitor.page, address);
          assert.ok(stops.length > 3, `${address} has stops: ${stops.join(', ')}`);
          // What a press opened or chose took the focus on: from there the walk goes to the end.
          if (!part) assert.match(stops[0], /contenu|content/, 'first a way past the navigation');
        });
        for (const [name, size, colorScheme] of looks) {
          test(name, async () => {
            await visitor.page.setViewportSize(size);
            await visitor.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            await accessible(visitor.page, address);
            await wellMade(visitor.page, address);
          });
        }
      });
    }
  });
}

describe('keyboard alone', () => {
  test('from sign-in to writing without a pointer', async () => {
    const visitor = await Visitor.arrive(server);
    const { page } = visitor;
    await visitor.open('/connexion');
    await tabTo(page, 'Adresse électronique');
    await page.keyboard.type(VICTOR);
    await tabTo(page, 'Mot de passe');
    await page.keyboard.type('chantier-demo');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname === '/');
    await visitor.settled();
    await tabTo(page, /construction|industrie|navale|emploi|commande|achats|insertion|Chantier/i, 'a[href^="/chantiers/"]');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/chantiers\//);
    await visitor.open('/propositions/pro-02');
    await tabTo(page, /^Rédiger$/);
    await page.keyboard.press('Enter');
    const editor = page.getByRole('textbox', { name: /Contexte/ });
    await editor.waitFor();
    await page.locator('[data-saved="saved"]').waitFor();
    await tabTo(page, /Texte de la section.*Contexte/);
    await page.keyboard.press('ControlOrMeta+End');
    await page.keyboard.type(' Au clavier seul.');
    await page.getByText('Au clavier seul.').first().waitFor();
    // The toolbar is one tab stop; arrows move in it, and Tab leaves it.
    const toolbar = page.getByRole('toolbar');
    assert.equal(await toolbar.locator('[tabindex="0"]').count(), 1, 'one tab stop');
    await toolbar.locator('[tabindex="0"]').focus();
    const first = await focused(page);
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await focused(page), first);
    await page.keyboard.press('Home');
    assert.equal(await focused(page), first);
    await page.locator('[data-saved="saved"]').waitFor();
    await visitor.leave();
  });
});

test('the first pages are small and hold no editor', async () => {
  for (const [who, address] of [
    [null, '/connexion'],
    [VICTOR, '/'],
    [VICTOR, '/propositions/pro-02']
  ]) {
    const visitor = await arrive(who);
    const wire = await visitor.context.newCDPSession(visitor.page);
    await wire.send('Network.enable');
    const kinds = new Map();
    let bytes = 0;
    wire.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type));
    wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (['Document', 'Script', 'Stylesheet'].includes(kinds.get(requestId))) bytes += encodedDataLength;
    });
    await visitor.open(address);
    assert.ok(bytes > 10_000, `${address}: the wire is watched (${bytes})`);
    assert.ok(bytes < FIRST_PAGE_BYTES, `${address}: ${bytes} bytes, ${FIRST_PAGE_BYTES} at most`);
    await visitor.leave();
  }
});

test('a part of the page that cannot be loaded says so, and comes with the page again', async () => {
  const visitor = await arrive(VICTOR);
  const { page } = visitor;
  await visitor.open('/propositions/pro-02');
  visitor.expects(/ERR_FAILED/);
  await page.route('**/_app/immutable/**', (route) => route.abort());
  await page.locator('#historique > summary').click();
  await page.getByRole('alert').filter({ hasText: 'n’a pas pu être chargée' }).getByRole('button', { name: 'Réessayer' }).click();
  const again = page.getByRole('alert').filter({ hasText: 'échoue encore' });
  await again.waitFor();
  await page.unroute('**/_app/immutable/**');
  await again.getByRole('button', { name: 'Recharger la page' }).click();
  await page.waitForEvent('load');
  await page.locator('#historique > summary').click();
  await page.locator('#historique li').first().waitFor();
  await visitor.leave();
});

/** Presses Tab until the focus is on something of this name. */
async function tabTo(page, name, selector = '*') {
  const wanted = name instanceof RegExp ? name : new RegExp(name);
  // The open forms of the sheet alone are a hundred stops.
  for (let count = 0; count < 400; count += 1) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate((chosen) => {
      const element = document.activeElement;
      if (!element?.matches(chosen)) return '';
      return element.getAttribute('aria-label') || element.labels?.[0]?.innerText || element.innerText || '';
    }, selector);
    if (wanted.test(found)) return;
  }
  throw new Error(`Tab never reaches ${name}`);
}

const focused = (page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label') || document.activeElement?.innerText);
