// An administrator's day: an organisation with its number checked, a chantier that opens once somebody presides it,
// a validator who waits for another one, and the journal that tells it all.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Chantier } from '../support/chantier.mjs';
import { accessible, wellMade } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';

const ADMIN = 'soline.charpente@region.example';
const REFUSED = /Failed to load resource.*(409|422)/;

describe('administration', () => {
  let server;
  let admin;
  before(async () => {
    server = await Chantier.start();
    admin = (await Visitor.arrive(server)).expects(REFUSED);
    await admin.signIn(ADMIN);
  });
  after(async () => {
    await admin?.leave();
    await closeBrowser();
    await server?.discard();
  });

  test('an organisation is added once its number is right; nothing typed is lost meanwhile', async () => {
    const { page } = admin;
    await page.goto('/administration/organisations');
    await page.getByRole('button', { name: 'Ajouter une organisation' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Nom', { exact: true }).fill('Les Ateliers du Quai');
    await dialog.getByLabel('Nom court').fill('Ateliers du Quai');
    await dialog.getByLabel('Nature').selectOption('association');
    await dialog.getByLabel('Collège').selectOption('ESS');
    await dialog.getByLabel('SIRET (14 chiffres)', { exact: true }).fill('732 829 320 00075');
    await dialog.getByRole('button', { name: 'Enregistrer' }).click();
    await dialog.getByText('Ce numéro n’est pas un SIRET', { exact: false }).waitFor();
    assert.equal(await dialog.getByLabel('Nom', { exact: true }).inputValue(), 'Les Ateliers du Quai');
    await accessible(page, 'refused organisation');
    await dialog.getByLabel('SIRET (14 chiffres)', { exact: true }).fill('732 829 320 00074');
    await dialog.getByRole('button', { name: 'Enregistrer' }).click();
    await dialog.waitFor({ state: 'detached' }).catch(() => dialog.waitFor({ state: 'hidden' }));
    await page.getByLabel('Rechercher par nom ou numéro').fill('quai');
    await page.getByRole('row', { name: /Les Ateliers du Quai/ }).getByText('73282932000074').waitFor();
    await wellMade(page, 'organisations');
  });

  test('a chantier opens once a councillor presides it', async () => {
    const { page } = admin;
    await page.goto('/administration/chantiers');
    await page.getByRole('button', { name: 'Créer un chantier' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Intitulé').fill('Métiers de la mer');
    await dialog.getByLabel(/^Adresse courte/).fill('metiers-de-la-mer');
    await dialog.getByLabel('Nom de sa commission').fill('Commission Métiers de la mer');
    await dialog.getByLabel('Présentation').fill('Les métiers du littoral.');
    await dialog.getByRole('button', { name: 'Enregistrer' }).click();
    const open = page.getByRole('button', { name: /^Ouvrir le chantier.*Métiers de la mer/ });
    await open.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Ouvrir le chantier' }).click();
    await page.getByRole('alert').filter({ hasText: 'une à trois coprésidences' }).waitFor();
    await accessible(page, 'refused step');
    await page.keyboard.press('Escape');
    await page.goto('/administration');
    await page.getByLabel('Filtrer par nom, organisation ou rôle').fill('specimen');
    await page.getByRole('button', { name: /^Gérer/ }).first().click();
    const person = page.getByRole('dialog');
    await person.getByLabel('Rôle').selectOption('co_president');
    await person.getByLabel('Instance').selectOption({ label: 'Commission Métiers de la mer' });
    await person.getByRole('button', { name: 'Ajouter ce rôle' }).click();
    await person.getByText('Le rôle est ajouté.').waitFor();
    await accessible(page, 'a person');
    await page.goto('/administration/chantiers');
    await open.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Ouvrir le chantier' }).click();
    await open.waitFor({ state: 'detached' });
  });

  test('a validator waits for another one, who confirms', async () => {
    const { page } = admin;
    await page.goto('/administration');
    await page.getByLabel('Filtrer par nom, organisation ou rôle').fill('prototype');
    await page.getByRole('button', { name: /^Gérer/ }).first().click();
    const person = page.getByRole('dialog');
    await person.getByLabel('Rôle').selectOption('region_validator');
    await person.getByRole('button', { name: 'Ajouter ce rôle' }).click();
    await person.getByText(/sans effet tant qu’une personne qui valide déjà/).waitFor();
    await person.getByText('À confirmer par une personne chargée de la validation').waitFor();

    const validator = await Visitor.arrive(server);
    const { email } = (await (await admin.context.request.get('/api/people')).json()).people.find((one) => one.mandates.some((mandate) => mandate.role === 'region_validator'));
    await validator.signIn(email);
    await validator.page.goto('/mandats');
    await validator.page.getByRole('button', { name: /^Confirmer le mandat de/ }).waitFor();
    await accessible(validator.page, 'validators');
    await wellMade(validator.page, 'validators');
    await validator.page.getByRole('button', { name: /^Confirmer le mandat de/ }).click();
    await validator.page.getByRole('dialog').getByRole('button', { name: 'Confirmer', exact: true }).click();
    await validator.page.getByText('Aucun mandat n’attend de confirmation.').waitFor();
    await validator.leave();

    await page.goto('/administration/journal');
    await page.getByText('Mandat de validation confirmé').waitFor();
    await page.getByLabel('Montrer').selectOption('chantier');
    await page.getByText('État du chantier changé').waitFor();
    await page.getByText('Mandat de validation confirmé').waitFor({ state: 'detached' });
    await accessible(page, 'journal');
  });
});
