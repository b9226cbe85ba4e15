/** The words of a document that were typed here and never reached the server, as text to copy. */
import * as Y from 'yjs';

import { SECTIONS } from '../editor/sections';

/** Unsent words of one section. */
export interface Passage {
  section: string;
  text: string;
}

/** Text written under these client ids at or after their clocks, by section, in reading order. */
export function passages(doc: Y.Doc, from: Map<number, number>): Passage[] {
  const found: Passage[] = [];
  for (const section of SECTIONS) {
    const blocks: string[] = [];
    collect(doc.getXmlFragment(section), from, blocks);
    const text = blocks.filter((block) => block.trim() !== '').join('\n');
    if (text !== '') found.push({ section, text });
  }
  return found;
}

function collect(fragment: Y.XmlFragment | Y.XmlElement, from: Map<number, number>, blocks: string[]): void {
  for (const child of fragment.toArray()) {
    if (child instanceof Y.XmlText) blocks.push(wordsOf(child, from));
    else if (child instanceof Y.XmlElement) collect(child, from, blocks);
  }
}

function wordsOf(text: Y.XmlText, from: Map<number, number>): string {
  let words = '';
  let apart = false;
  for (let item = text._start; item !== null; item = item.right) {
    if (item.deleted || !(item.content instanceof Y.ContentString)) continue;
    const since = from.get(item.id.client);
    const skip = since === undefined ? item.length : Math.max(0, since - item.id.clock);
    const mine = item.content.str.slice(skip);
    if (mine === '') {
      apart = words !== '';
      continue;
    }
    if (skip > 0 && words !== '') apart = true;
    words += (apart ? ' […] ' : '') + mine;
    apart = false;
  }
  return words;
}
