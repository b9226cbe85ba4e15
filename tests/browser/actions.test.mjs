// What follows a conditional decision, in real browsers: conditions lifted with their evidence, the agreement, the
// start, a report that begins with the last one, a suspension, the end; then the public page, on a stranger's phone.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { dayFrom } from './support/days.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

/** Instructs; validates; owns. */
const [INSTRUCTOR, VALIDATOR, OWNER] = ['yanis.croquis@region.example', 'paul.echantillon@region.example', 'fabrice.fictif@departement.example'];
/** Approved with two conditions, one of them lifted already. */
const PROPOSAL = 'pro-11';

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
  await visitor.signIn(email);
  await visitor.open(`/propositions/${PROPOSAL}`);
  return visitor.page;
}

/** Does an act through its button or its place in the menu; `fill` types what it asks for. */
async function act(page, name, fill = async () => {}) {
  const button = page.getByRole('button', { name: new RegExp(`(^|: )${name}$`) });
  const menu = page.getByRole('button', { name: 'Toutes les actions sur la proposition' });
  await menu.waitFor();
  if (await button.isVisible()) await button.click();
  else {
    await menu.click();
    await page.getByRole('menuitem', { name, exact: true }).click();
  }
  const dialog = page.getByRole('dialog', { name });
  await dialog.getByRole('button', { name: /^(Annuler|Fermer)$/ }).first().waitFor();
  await fill(dialog);
  await dialog.getByRole('button', { name: new RegExp(`^(Demander.*|Accepter|${name})$`) }).click();
  await dialog.waitFor({ state: 'detached' }).catch(() => dialog.waitFor({ state: 'hidden' }));
}

const report = (page) => page.getByRole('form', { name: /^Bilan/ });

test('an action goes from its conditions to its end, and anybody reads what was decided', async () => {
  const [instructing, owning] = [await arrive(INSTRUCTOR), await arrive(OWNER, { width: 390, height: 844 })];
  // A condition is lifted with its evidence; what is typed outlives a reload.
  const region = instructing.getByRole('region', { name: 'Décision de la Région' });
  await region.getByRole('button', { name: /^Lever la condition/ }).click();
  await region.getByRole('button', { name: /^Lever la condition/ }).click();
  await region.getByText('Ce champ est obligatoire').or(region.locator('[aria-invalid]')).first().waitFor();
  await region.getByLabel('Ce qui le montre').fill('Protocole signé, dossier 2026-118');
  await instructing.reload();
  await visitors[0].settled();
  await region.getByLabel('Ce qui le montre').waitFor();
  await accessible(instructing, 'lifting a condition');
  await region.getByRole('button', { name: /^Lever la condition/ }).click();
  await region.getByText(/^Levée le .*dossier 2026-118/).waitFor();
  // The owner hears that nothing holds it any more, and a validator says so (T22).
  const validating = await arrive(VALIDATOR);
  await act(validating, 'Valider sans condition');
  await validating.getByText('Validée', { exact: true }).first().waitFor();
  await owning.getByText('Protocole signé, dossier 2026-118').first().waitFor();

  // The agreement: nothing is recorded twice, shares sum to one.
  const follow = instructing.getByRole('region', { name: 'Suivi de l’action' });
  await follow.getByRole('button', { name: 'Enregistrer la convention' }).click();
  await follow.getByLabel('Numéro', { exact: true }).fill('CONV-26-118');
  await follow.getByLabel('Date de signature').fill(dayFrom(-1));
  await follow.getByLabel('Objet').fill('École itinérante des métiers du soin');
  await follow.getByLabel('Versement à partir du').fill(dayFrom(0));
  await follow.getByLabel('Organisation 1', { exact: true }).selectOption({ index: 1 });
  await follow.getByLabel(/^Part de l’organisation 1/).fill('90');
  visitors[0].expects(/422/);
  await follow.getByRole('button', { name: 'Enregistrer', exact: true }).click();
  await follow.getByText('Total des parts : 90').waitFor();
  await follow.locator('.error, [role=alert]').first().waitFor();
  await accessible(instructing, 'an agreement with a fault');
  await follow.getByLabel(/^Part de l’organisation 1/).fill('100');
  await follow.getByRole('button', { name: 'Enregistrer', exact: true }).click();
  await follow.getByText('Convention CONV-26-118').waitFor();
  await act(instructing, 'Engager l’action');
  await instructing.getByText('Engagée', { exact: true }).first().waitFor();

  // The owner starts it on a phone, and gives a report.
  await owning.reload();
  await act(owning, 'Démarrer l’action', async (dialog) => {
    await dialog.getByLabel('Jour du démarrage').fill(dayFrom(-200));
    await dialog.getByLabel('Premier bilan').fill('Deux équipes sont recrutées.');
  });
  await owning.getByRole('button', { name: 'Saisir le bilan', exact: true }).click();
  await report(owning).getByLabel('Avancement').fill('beaucoup');
  await report(owning).getByRole('button', { name: 'Remettre le bilan' }).click();
  await report(owning).getByText('Un nombre est attendu').waitFor();
  await report(owning).getByLabel('Avancement').fill('40');
  await report(owning).getByLabel('Dépensé depuis le début').fill('12 000,50');
  await report(owning).getByLabel('Ce qui a été fait').fill('La première vallée est ouverte.');
  await wellMade(owning, 'a report on a phone');
  await accessible(owning, 'a report on a phone');
  await report(owning).getByRole('button', { name: 'Remettre le bilan' }).click();
  await owning.getByRole('row', { name: /40.%/ }).waitFor();
  // The last one begins with what this one said.
  await owning.getByRole('button', { name: 'Saisir le bilan final' }).click();
  assert.equal(await report(owning).getByLabel('Avancement').inputValue(), '40');
  assert.match(await report(owning).getByLabel('Dépensé depuis le début').inputValue(), /12.?000,50?/);
  await report(owning).getByRole('button', { name: 'Fermer' }).click();

  // Suspended with a day to look at it again; resumed without one.
  await instructing.reload();
  await act(instructing, 'Suspendre l’action', async (dialog) => {
    await dialog.getByLabel('Revoir la suspension le').fill(dayFrom(30));
    await dialog.getByLabel('Motif').fill('Le local attend ses travaux.');
  });
  await owning.getByText('L’action est suspendue par Yanis Croquis').waitFor();
  await act(instructing, 'Reprendre l’action', async (dialog) => {
    assert.equal(await dialog.getByLabel('Revoir la suspension le').count(), 0, 'one resumes without a day of review');
    await dialog.getByLabel('Motif').fill('Les travaux sont finis.');
  });
  await owning.getByText('L’action reprend').waitFor();

  // The end: the owner asks with the final report, the direction agrees.
  await owning.reload();
  await owning.getByRole('button', { name: 'Saisir le bilan final' }).click();
  await report(owning).getByLabel('Avancement').fill('100');
  await report(owning).getByLabel('Ce qui a été fait').fill('Les trois vallées sont ouvertes.');
  await report(owning).getByLabel('Justificatifs').fill('Attestations 1 à 12');
  visitors[1].expects(/422/);
  await report(owning).getByRole('button', { name: 'Remettre le bilan' }).click();
  await report(owning).getByText(/de chaque ligne, zéro compris/).first().waitFor();
  for (const field of await report(owning).getByRole('group', { name: 'Indicateurs' }).getByRole('textbox').all()) await field.fill('1');
  const jobs = { Postes: '2', ETP: '2', Femmes: '1', Hommes: '1', 'Non précisé': '0' };
  for (const [label, value] of Object.entries(jobs)) for (const field of await report(owning).getByLabel(label, { exact: true }).all()) await field.fill(value);
  await report(owning).getByRole('button', { name: 'Remettre le bilan' }).click();
  await owning.getByRole('row', { name: /Bilan final/ }).waitFor();
  await act(owning, 'Clore l’action');
  await instructing.getByRole('button', { name: /^Répondre à la demande.*Clore l’action/ }).waitFor();
  await act(instructing, 'Clore l’action');
  await instructing.getByText('Réalisée', { exact: true }).first().waitFor();
  await accessible(instructing, 'a completed action');
});

test('a stranger reads on a phone what was decided, names nobody, and checks the sealed version', async () => {
  const account = await Account.signIn(server, VALIDATOR);
  const { action_number: number } = await account.json('GET', `/api/proposals/${PROPOSAL}`);
  const stranger = await Visitor.arrive(server, { width: 390, height: 844 });
  visitors.push(stranger);
  const page = await stranger.open('/actions');
  await page.getByRole('link', { name: 'École itinérante des métiers du soin à domicile' }).click();
  await page.waitForURL(`**/actions/${number}`);
  await stranger.settled();
  await page.getByText('Validée sous conditions').waitFor();
  await page.getByText(/Commission permanente/).first().waitFor();
  await wellMade(page, 'a public action');
  await accessible(page, 'a public action');
  const { people } = await account.json('GET', `/api/proposals/${PROPOSAL}/decisions`);
  assert.ok(people.length > 1);
  const names = (text) => people.filter((person) => text.includes(person.usual_name));
  assert.deepEqual(names(await page.locator('main').innerText()), [], 'nobody is named');
  // The seal is taken away and read on the page that checks it.
  const [seal] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: /sceau/ }).click()]);
  await page.getByRole('link', { name: 'Lire la fiche-action décidée' }).click();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await accessible(page, 'the decided text');
  assert.deepEqual(names(await page.locator('body').innerText()), [], 'nobody is named in the text');
  await stranger.open('/verifier');
  await page.locator('input[type=file]').setInputFiles(await seal.path());
  await page.getByText(/authentique|valide|intact/i).first().waitFor();
  await accessible(page, 'a seal that is checked');
});
