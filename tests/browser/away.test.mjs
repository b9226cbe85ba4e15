// The database goes away while people type: nothing is acknowledged, the page says so, and all is
// sent when it returns. For real: the log's table is renamed under the server's feet.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { accessible } from './support/checks.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

let server;
before(async () => (server = await Chantier.start({ database: 'postgres' })));
after(async () => {
  await closeBrowser();
  await server?.discard();
});

test('the database goes away and returns', async () => {
  const visitor = await Visitor.arrive(server);
  visitor.expects(/WebSocket|Failed to load resource|net::ERR/);
  await visitor.signIn('victor.demo@golfe.example');
  const writer = await new Writer(visitor, 'pro-02').write();
  server.sql('alter table log_row rename to log_row_away');
  await writer.type('Contexte', ' Tapé pendant la panne.');
  await writer.reaches('suspended');
  await visitor.page.getByText('Enregistrement suspendu').first().waitFor();
  await accessible(visitor.page, 'suspended');
  await writer.type('Contexte', ' Et encore.');
  assert.notEqual(await writer.state(), 'saved', 'nothing is called saved that is not');
  server.sql('alter table log_row_away rename to log_row');
  await until('all is saved', async () => (await writer.state()) === 'saved', { within: 60_000 });
  await writer.sees('Contexte', 'Tapé pendant la panne. Et encore.');
  await visitor.leave();
});
