// The disk is full while somebody types: the page says that saving is suspended, calls nothing
// saved that is not, and all is sent when there is room again. For real: a preloaded library
// answers the program's writes with "no space left" while a file exists.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { root } from '../../scripts/binary.mjs';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const beside = fs.mkdtempSync(path.join(os.tmpdir(), 'chantier-full-'));
const full = path.join(beside, 'full');
let server;

before(async () => {
  const library = path.join(beside, 'shim.so');
  const source = path.join(root, 'tests/crash/shim.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl', '-lpthread']);
  server = await Chantier.start({
    environment: (folder) => ({ LD_PRELOAD: library, CHANTIER_SHIM_FOLDER: folder, CHANTIER_SHIM_FULL: full })
  });
});
after(async () => {
  await closeBrowser();
  await server?.discard();
  fs.rmSync(beside, { recursive: true, force: true });
});

test('a full disk suspends saving until there is room', async () => {
  const visitor = await Visitor.arrive(server);
  visitor.expects(/WebSocket|Failed to load resource|net::ERR/);
  await visitor.signIn('victor.demo@golfe.example');
  const writer = await new Writer(visitor, 'pro-02').write();
  for (const words of [' Une phrase de trop.', ' Et une autre.']) {
    fs.writeFileSync(full, '');
    await writer.type('Contexte', words);
    await writer.reaches('suspended');
    await visitor.page.getByText('Enregistrement suspendu').first().waitFor();
    assert.notEqual(await writer.state(), 'saved', 'nothing is called saved that is not');
    fs.rmSync(full);
    await until('all is saved', async () => (await writer.state()) === 'saved', { within: 60_000 });
  }
  await server.kill();
  await server.up();
  const reader = await Visitor.arrive(server);
  reader.expects(/WebSocket|Failed to load resource|net::ERR/);
  await reader.signIn('victor.demo@golfe.example');
  await (await new Writer(reader, 'pro-02').write()).sees('Contexte', 'Une phrase de trop. Et une autre.');
  await reader.leave();
  await visitor.leave();
});
