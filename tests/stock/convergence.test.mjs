// Stock y-websocket clients against the real program, on both databases: thousands of random edits,
// cut lines, kill -9 and restarts. Everybody ends with the same document, and so does the server.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Account } from '../support/account.mjs';
import { Chantier } from '../support/chantier.mjs';
import { Y } from '../support/packages.mjs';
import { turn, until } from '../support/wait.mjs';
import { Client, contents, holds, same } from './client.mjs';
import { edit, seeded, SEED } from './edits.mjs';

/** More rounds in the long test. */
const ROUNDS = Number(process.env.CHANTIER_TEST_ROUNDS ?? 1);
/** Edits of one client in one round. */
const EDITS = 250;
/** Who writes the proposal `pro-02` of the demonstration: its owner and its two contributors. */
const WRITERS = ['victor.demo@golfe.example', 'renaud.factice@cci.example', 'gilles.enonce@avenir-travail.example'];

for (const database of ['sqlite', 'postgres']) {
  describe(`stock clients on ${database}, seed ${SEED}`, () => {
    let server;
    let writers;
    let documentId;

    before(async () => {
      server = await Chantier.start({ database });
      const [owner, ...others] = await Promise.all(WRITERS.map((email) => Account.signIn(server, email)));
      // One with the browser's cookie, two with a bearer token.
      writers = [owner, ...(await Promise.all(others.map((account) => account.asProgram())))];
      documentId = (await owner.json('GET', '/api/proposals/pro-02')).document_id;
    });
    after(() => server?.discard());

    test('three clients converge through edits, cuts and kills', async () => {
      const random = seeded(SEED);
      const clients = writers.map((account) => new Client(account, documentId));
      await Promise.all(clients.map((client) => client.synced()));
      for (let round = 0; round < 3 * ROUNDS; round += 1) {
        const busy = clients.map((client) => work(client, random));
        // In the middle of everybody's edits.
        await turn(150);
        await server.kill();
        await turn(100);
        await server.up();
        await Promise.all(busy);
      }
      await agree(clients);
      const fresh = new Client(writers[0], documentId);
      await fresh.synced();
      assert.ok(same(fresh.doc, clients[0].doc), 'the server serves what the clients hold');
      assert.deepEqual(contents(fresh.doc), contents(clients[0].doc));
      for (const client of [...clients, fresh]) client.destroy();
      await server.kill();
      await server.up();
      const later = new Client(writers[1], documentId);
      await later.synced();
      assert.ok(holds(later.doc, fresh.doc), 'it is still there after a kill');
      later.destroy();
    });

    test('what another client saw survives kill -9', async () => {
      const random = seeded(SEED + 1);
      for (let round = 0; round < 3 * ROUNDS; round += 1) {
        const [writer, witness] = [new Client(writers[0], documentId), new Client(writers[1], documentId)];
        await Promise.all([writer.synced(), witness.synced()]);
        const start = Y.encodeStateVector(witness.doc);
        for (let count = 0; count < 60; count += 1) {
          edit(random, writer.doc);
          await turn(1);
        }
        await until('the witness sees some of it', () => Buffer.compare(Y.encodeStateVector(witness.doc), start) !== 0);
        await server.kill();
        // Nobody sends it again: what the witness saw must come from the disk.
        writer.provider.disconnect();
        witness.provider.disconnect();
        await server.up();
        const fresh = new Client(writers[2], documentId);
        await fresh.synced();
        assert.ok(holds(fresh.doc, witness.doc), 'seen by another, so on disk');
        for (const client of [writer, witness, fresh]) client.destroy();
      }
    });

    test('the page shows what the clients wrote', async () => {
      const client = new Client(writers[1], documentId);
      await client.synced();
      const sentence = `Écrit par un client ordinaire ${SEED}`;
      client.doc.transact(() => {
        const node = new Y.XmlElement('paragraph');
        const text = new Y.XmlText();
        text.insert(0, sentence);
        node.insert(0, [text]);
        client.doc.getXmlFragment('context').insert(0, [node]);
      });
      await until('the reading page has it', async () => {
        const proposal = await writers[0].json('GET', '/api/proposals/pro-02');
        return proposal.sections.some((section) => section.html.includes(sentence));
      });
      client.destroy();
    });

    test('whoever may read but not write is refused, and nobody sees the attempt', async () => {
      const reader = await Account.signIn(server, 'bastien.modele@region.example');
      const [attempt, witness] = [new Client(reader, documentId), new Client(writers[0], documentId)];
      await Promise.all([attempt.synced(), witness.synced()]);
      const earlier = Y.snapshot(witness.doc);
      edit(seeded(SEED + 2), attempt.doc);
      assert.equal((await attempt.refused()).code, 4403);
      assert.equal(attempt.denied.length, 1, 'a plain client hears the refusal as an auth message');
      const fresh = new Client(writers[1], documentId);
      await fresh.synced();
      assert.ok(Y.equalSnapshots(Y.snapshot(fresh.doc), earlier), 'nothing of it was kept');
      assert.ok(Y.equalSnapshots(Y.snapshot(witness.doc), earlier), 'nothing of it was shown');
      for (const client of [attempt, witness, fresh]) client.destroy();
    });

    test('strangers and unknown documents are closed for good', async () => {
      const nobody = new Account(server, 'nobody');
      nobody.token = 'not-a-token';
      const unknown = '01890000-0000-7000-8000-000000000000';
      for (const [account, document, code] of [
        [nobody, documentId, 4401],
        [writers[0], unknown, 4404]
      ]) {
        const client = new Client(account, document);
        assert.equal((await client.refused()).code, code);
        client.destroy();
      }
    });
  });
}

/** One client's round: edits at a person's pace, with its line cut now and then. */
async function work(client, random) {
  for (let count = 0; count < EDITS; count += 1) {
    edit(random, client.doc);
    const chance = random();
    if (chance < 0.004) client.cut();
    else if (chance < 0.008) {
      client.provider.disconnect();
      await turn(30);
      client.provider.connect();
    }
    await turn(chance < 0.5 ? 0 : 2);
  }
}

/** Waits until all clients are connected and hold one and the same document. */
async function agree(clients) {
  await until(
    'all clients hold the same document',
    () => {
      for (const client of clients) assert.equal(client.closed, null, `closed with ${client.closed?.code}`);
      return clients.every((client) => client.provider.synced && same(client.doc, clients[0].doc));
    },
    { within: 60_000 }
  );
  for (const client of clients.slice(1)) assert.deepEqual(contents(client.doc), contents(clients[0].doc));
}
