// An empty proposal of the demonstration that two people of two organisations write, for recordings.

import { Account } from '../../support/account.mjs';

/** Its owner, and who contributes. */
export const PEOPLE = { victor: 'victor.demo@golfe.example', renaud: 'renaud.factice@cci.example' };

/** Makes one; its id, its document and its owner's account. */
export async function newProposal(server, title) {
  const victor = await Account.signIn(server, PEOPLE.victor);
  const { chantier } = await victor.json('GET', '/api/proposals/pro-02');
  const idea = await victor.json(
    'POST',
    '/api/proposals',
    { chantier_id: chantier.chantier_id, neighbours_shown: true, title, summary: 'Une proposition pour enregistrer ce que deux personnes écrivent ensemble, mot après mot.' },
    201
  );
  const owned = await victor.json('POST', `/api/proposals/${idea.proposal_id}/transitions`, { transition: 'T02', expected_version: idea.version }, 201);
  const { people } = await victor.json('GET', `/api/proposals/${idea.proposal_id}/contributor_candidates`);
  const renaud = people.find((person) => person.usual_name === 'Factice');
  await victor.json('POST', `/api/proposals/${idea.proposal_id}/contributors`, { person_ids: [renaud.person_id] });
  return { id: owned.proposal_id, document: owned.document_id, account: victor };
}
