// Sixty pages pasted at once: in pieces on the wire, saved, shown to others, undone in one step.

import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { Chantier } from '../support/chantier.mjs';
import { until } from '../support/wait.mjs';
import { closeBrowser, Visitor } from './support/visitor.mjs';
import { Writer } from './support/writer.mjs';

const VICTOR = 'victor.demo@golfe.example';
const RENAUD = 'renaud.factice@cci.example';
/** The largest update our client sends by itself, with the frame's head. */
const PIECE_BYTES = 128 * 1024 + 64;

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

async function writing(email) {
  const visitor = await Visitor.arrive(server);
  visitors.push(visitor);
  await visitor.signIn(email);
  const sent = [];
  visitor.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => sent.push(payload.length)));
  return Object.assign(await new Writer(visitor, 'pro-02').write(), { sent });
}

/** Pastes as a browser does: the editor reads the clipboard of the event. */
function paste(writer, title, { html, text }) {
  return writer.section(title).evaluate(
    (element, given) => {
      const clipboardData = new DataTransfer();
      if (given.html) clipboardData.setData('text/html', given.html);
      if (given.text) clipboardData.setData('text/plain', given.text);
      element.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    },
    { html, text }
  );
}

const SENTENCE = 'Les entreprises de la rade forment ensemble, à Toulon, des soudeurs et des électriciens déjà qualifiés. ';
const PASTES = {
  'sixty pages of paragraphs': { html: Array.from({ length: 450 }, (_, at) => `<p>Paragraphe ${at}. ${SENTENCE.repeat(6)}</p>`).join('') + '<p>Fin du collage.</p>' },
  'one paragraph of sixty pages': { text: `${SENTENCE.repeat(2_700)}Fin du collage.` }
};

for (const [name, what] of Object.entries(PASTES)) {
  test(`${name}: pieces, saved, seen by others, undone in one step`, async () => {
    const [one, two] = [await writing(VICTOR), await writing(RENAUD)];
    await one.type('Description', ' Avant.');
    await one.saved();
    const before = await one.text('Description');
    one.sent.length = 0;
    await paste(one, 'Description', what);
    await one.sees('Description', 'Fin du collage.');
    await until('saved', async () => (await one.state()) === 'saved', { within: 60_000 });
    await two.sees('Description', 'Fin du collage.');
    assert.equal(await two.text('Description'), await one.text('Description'));
    const bytes = one.sent.reduce((all, size) => all + size, 0);
    assert.ok(bytes > 250_000, `it was long: ${bytes} bytes`);
    assert.ok(Math.max(...one.sent) <= PIECE_BYTES, `the largest frame: ${Math.max(...one.sent)} bytes`);
    await one.type('Description', ' Après.');
    // Slow typing is several steps.
    await until('what was typed after is gone', async () => {
      if ((await one.text('Description')).endsWith('Fin du collage.')) return true;
      await one.page.keyboard.press('ControlOrMeta+z');
      return false;
    });
    await one.sees('Description', 'Fin du collage.');
    await one.page.keyboard.press('ControlOrMeta+z');
    await until('one step takes the whole paste back, and nothing else', async () => (await one.text('Description')) === before);
    await until('for others too', async () => (await two.text('Description')) === before);
    await one.page.keyboard.press('ControlOrMeta+z');
    await until('and one more what was typed before', async () => !(await one.text('Description')).includes('Avant.'));
    await one.saved();
  });
}
