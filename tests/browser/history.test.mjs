// The history of a text in real browsers: a large part goes, is found again by its moment, and comes
// back while somebody else writes in another section.

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

const letters = (text, letter) => text.split(letter).length - 1;

test('what went comes back while another person types elsewhere', async () => {
  const account = await Account.signIn(server, VICTOR);
  const victor = await arrive(VICTOR);
  const other = await new Writer(await arrive(RENAUD), 'pro-02').write();
  const one = await new Writer(victor, 'pro-02').write();
  // More than 2,000 characters: their deletion is a moment of its own, whenever the moments are told.
  await one.type('Contexte', ' ');
  await one.page.keyboard.insertText('Une phrase que personne ne veut perdre. '.repeat(60));
  await one.saved();
  const kept = await one.text('Contexte');

  // Everything of the section goes at once.
  await one.section('Contexte').click();
  await one.page.keyboard.press('ControlOrMeta+a');
  await one.page.keyboard.press('Delete');
  await one.saved();
  assert.equal((await one.text('Contexte')).trim(), '');

  // The other person types all the while, key by key, in another section.
  await other.toEnd('Description');
  let [typed, enough] = [0, false];
  const typing = (async () => {
    await other.page.keyboard.type(' ');
    for (; !enough; typed += 1) await other.page.keyboard.type('Z', { delay: 50 });
  })();

  const { page } = victor;
  await page.getByRole('button', { name: 'Terminer' }).click();
  await page.getByRole('button', { name: 'Autres façons de voir le texte' }).click();
  await page.getByRole('menuitem', { name: 'Historique du texte' }).click();
  await page.getByRole('slider', { name: 'Moment du texte' }).waitFor();
  await wellMade(page, 'history');
  await accessible(page, 'history');

  // Back by the keyboard until the text of then is there.
  const slider = page.getByRole('slider', { name: 'Moment du texte' });
  await slider.focus();
  const shown = page.locator('.moment');
  await until('the moment before is shown', async () => {
    // Only once the text is that of the slider's moment does one know whether to go on.
    const looked = await slider.getAttribute('data-seq');
    if ((await shown.locator('[data-seq]').count()) === 0 || (await shown.locator('[data-seq]').getAttribute('data-seq')) !== looked) return false;
    // Later it is struck out: what is looked for is the moment when it was added.
    if ((await shown.locator('ins', { hasText: 'ne veut perdre' }).count()) > 0) return true;
    await slider.press('ArrowLeft');
    throw new Error(await slider.getAttribute('aria-valuetext'));
  });
  assert.match(await slider.getAttribute('aria-valuetext'), /Aujourd’hui à .*Victor/);

  await page.getByRole('button', { name: 'Revenir à cette version' }).click();
  const dialog = page.getByRole('dialog');
  await accessible(page, 'confirm a restoration');
  for (const box of await dialog.getByRole('checkbox').all()) {
    if (!(await box.evaluate((input) => input.closest('label').textContent.includes('Contexte')))) await box.uncheck();
  }
  await dialog.getByRole('button', { name: 'Rétablir' }).click();
  await page.getByText('La version est rétablie').waitFor();
  await page.getByRole('button', { name: 'Annuler la restauration' }).waitFor();
  const during = typed;
  await until('typing went on meanwhile', () => typed > during);
  enough = true;
  await typing;
  await other.saved();

  // Everybody has both: what came back, and every letter typed meanwhile.
  await other.sees('Contexte', 'Une phrase que personne ne veut perdre.');
  assert.equal(letters(await other.text('Description'), 'Z'), typed);
  await until('the server reads the same', async () => {
    const read = await account.json('GET', '/api/proposals/pro-02');
    const plain = (key) => read.sections.find((section) => section.key === key).html.replace(/<[^>]*>/g, '');
    const context = plain('context').replaceAll('&#39;', '’').replace(/\s/g, '');
    if (letters(plain('description'), 'Z') !== typed || context !== kept.replace(/\s/g, '')) throw new Error(`${plain('description').slice(-80)} ${context.slice(-80)}`);
    return true;
  });

  // It is one more moment, and can be taken back at once.
  await page.getByRole('navigation', { name: 'Moments du texte' }).getByText('Version rétablie').first().waitFor();
  await page.getByRole('button', { name: 'Annuler la restauration' }).click();
  await page.getByText('La restauration est annulée').waitFor();
  await until('it is gone again', async () => !(await other.text('Contexte')).includes('ne veut perdre'));
  assert.equal(letters(await other.text('Description'), 'Z'), typed);
});

test('on a phone the list leads, and who may only read is told why', async () => {
  const visitor = await arrive('hugo.maquette@region.example', { width: 390, height: 844 });
  const { page } = visitor;
  await visitor.open('/propositions/pro-02?vue=historique');
  await page.getByRole('navigation', { name: 'Moments du texte' }).getByRole('button').first().waitFor();
  await wellMade(page, 'history on a phone');
  await accessible(page, 'history on a phone');
  assert.equal(await page.getByRole('button', { name: 'Revenir à cette version' }).count(), 0);
});
