// Random edits shaped as the editor's binding makes them: paragraphs, headings, lists, quotes, tables,
// marks, Enter, joins, deletions. Seeded: a failure is played again with CHANTIER_TEST_SEED.

import { Y } from '../support/packages.mjs';
import { SECTIONS } from './client.mjs';

const WORDS = 'atelier emploi filière « mer » été, œuvre cœur façonner 🛠️ métier budget 12 % territoire'.split(' ');

/** A generator of numbers in [0, 1[ (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The seed of this run, printed by the tests. */
export const SEED = Number(process.env.CHANTIER_TEST_SEED ?? Date.now() % 1_000_000);

const below = (random, limit) => Math.floor(random() * limit);
const pick = (random, list) => list[below(random, list.length)];

function words(random) {
  return Array.from({ length: 1 + below(random, 4) }, () => pick(random, WORDS)).join(' ');
}

function textNode(content) {
  const text = new Y.XmlText();
  if (content) text.insert(0, content);
  return text;
}

function element(name, children, attributes = {}) {
  const made = new Y.XmlElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.insert(0, children);
  return made;
}

const paragraph = (random) => element('paragraph', [textNode(words(random))]);

function block(random) {
  const item = () => element('listItem', [paragraph(random)]);
  const cell = (name) => element(name, [paragraph(random)], { colspan: 1, rowspan: 1 });
  switch (below(random, 7)) {
    case 0:
      return element('heading', [textNode(words(random))], { level: 2 + below(random, 3) });
    case 1:
      return element('bulletList', [item(), item()]);
    case 2:
      return element('orderedList', [item()], { start: 1 });
    case 3:
      return element('blockquote', [paragraph(random)]);
    case 4:
      return element('table', [element('tableRow', [cell('tableHeader'), cell('tableHeader')]), element('tableRow', [cell('tableCell'), cell('tableCell')])]);
    default:
      return paragraph(random);
  }
}

/** Every text of a section, in order. */
function texts(type, found = []) {
  for (const child of type.toArray()) {
    if (child instanceof Y.XmlText) found.push(child);
    else if (child instanceof Y.XmlElement) texts(child, found);
  }
  return found;
}

/** The characters of a text, formats left out. */
const plain = (text) => text.toDelta().map((part) => part.insert).join('');

/** A place at or before `at` that splits no character of two units: no editor does. */
function place(text, at) {
  const unit = plain(text).charCodeAt(at - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? at - 1 : at;
}

/** Types in a random place: mostly at the end of a text, as people do. */
function type(random, fragment) {
  const text = pick(random, texts(fragment));
  if (!text) return fragment.insert(0, [paragraph(random)]);
  const at = random() < 0.6 ? text.length : below(random, text.length + 1);
  return text.insert(place(text, at), words(random), {});
}

function erase(random, fragment) {
  const text = pick(random, texts(fragment));
  if (!text || text.length < 2) return type(random, fragment);
  const from = place(text, below(random, text.length - 1));
  const to = place(text, Math.min(text.length, from + 2 + below(random, 6)));
  return text.delete(from, to - from);
}

function mark(random, fragment) {
  const text = pick(random, texts(fragment));
  if (!text || text.length < 3) return type(random, fragment);
  const from = place(text, below(random, text.length - 2));
  const to = place(text, from + 2);
  const value = random() < 0.25 ? null : {};
  const format = pick(random, [{ bold: value }, { italic: value }, { link: value && { href: 'https://region.example/texte' } }]);
  return text.format(from, to - from, format);
}

/** Enter in a paragraph: the binding deletes the tail and makes a new paragraph of it. */
function enter(random, fragment) {
  const blocks = fragment.toArray();
  const at = below(random, blocks.length);
  const [text] = blocks[at] instanceof Y.XmlElement && blocks[at].nodeName === 'paragraph' ? texts(blocks[at]) : [];
  if (!text || text.length < 2) return fragment.insert(blocks.length, [paragraph(random)]);
  const from = place(text, 1 + below(random, text.length - 1));
  const tail = plain(text).slice(from);
  text.delete(from, text.length - from);
  return fragment.insert(at + 1, [element('paragraph', [textNode(tail)])]);
}

function removeBlock(random, fragment) {
  if (fragment.length < 6) return type(random, fragment);
  return fragment.delete(below(random, fragment.length), 1);
}

const KINDS = [type, type, type, type, type, type, erase, erase, mark, enter, (random, fragment) => fragment.insert(below(random, fragment.length + 1), [block(random)]), removeBlock];

/** One random edit in one transaction: one update on the wire. */
export function edit(random, doc) {
  const fragment = doc.getXmlFragment(pick(random, SECTIONS));
  doc.transact(() => pick(random, KINDS)(random, fragment), 'edit');
}
