// @vitest-environment happy-dom
import { Editor, type Extensions } from '@tiptap/core';
import Collaboration from '@tiptap/extension-collaboration';
import { TableKit } from '@tiptap/extension-table';
import StarterKit from '@tiptap/starter-kit';
import { afterEach, describe, expect, it, test } from 'vitest';
import * as Y from 'yjs';

import { cleanPasted } from './paste';
import { schemaExtensions } from './schema';

const editors: Editor[] = [];

afterEach(() => {
  for (const editor of editors.splice(0)) editor.destroy();
});

function editorWith(extensions: Extensions, content = ''): Editor {
  const editor = new Editor({ element: document.createElement('div'), extensions, content });
  editors.push(editor);
  return editor;
}

const editorOn = (doc: Y.Doc): Editor => {
  const editor = new Editor({
    element: document.createElement('div'),
    extensions: [...schemaExtensions(), Collaboration.configure({ document: doc, field: 'context' })],
  });
  editors.push(editor);
  return editor;
};

/** Two people whose edits reach each other only when they are delivered. */
class Pair {
  readonly docs = [new Y.Doc(), new Y.Doc()] as const;
  readonly editors: [Editor, Editor];
  #under: { to: Y.Doc; update: Uint8Array }[] = [];

  constructor() {
    const [one, two] = this.docs;
    one.on('update', (update, origin) => origin !== 'remote' && this.#under.push({ to: two, update }));
    two.on('update', (update, origin) => origin !== 'remote' && this.#under.push({ to: one, update }));
    this.editors = [editorOn(one), editorOn(two)];
  }

  /** Delivers what is under way, and what that brings about, for so many rounds. Answers how many updates. */
  deliver(rounds = 20): number {
    let delivered = 0;
    for (let round = 0; round < rounds && this.#under.length > 0; round += 1) {
      for (const { to, update } of this.#under.splice(0)) {
        Y.applyUpdate(to, update, 'remote');
        delivered += 1;
      }
    }
    return delivered;
  }
}

/** Puts the cursor before or behind a word. */
function at(editor: Editor, word: string, where: 'before' | 'behind' = 'behind'): void {
  editor.state.doc.descendants((node, from) => {
    const found = node.text?.indexOf(word) ?? -1;
    if (found >= 0) editor.commands.setTextSelection(from + found + (where === 'behind' ? word.length : 0));
  });
}

function press(editor: Editor, key: string, more: KeyboardEventInit = {}): void {
  const event = new KeyboardEvent('keydown', { key, ...more });
  editor.view.someProp('handleKeyDown', (handle) => handle(editor.view, event));
}

function write(editor: Editor, text: string): void {
  for (const letter of text) {
    const { from, to } = editor.state.selection;
    const plain = () => editor.state.tr.insertText(letter, from, to);
    if (!editor.view.someProp('handleTextInput', (handle) => handle(editor.view, from, to, letter, plain))) editor.view.dispatch(plain());
  }
}

describe('two people who change one table at once', () => {
  it('are left with a table that does not grow by itself', () => {
    const pair = new Pair();
    const [one, two] = pair.editors;
    one.commands.insertTable({ rows: 2, cols: 2 });
    pair.deliver();
    one.commands.setTextSelection(4);
    two.commands.setTextSelection(4);
    one.commands.addColumnAfter();
    two.commands.addRowAfter();
    expect(pair.deliver()).toBeLessThan(10);
    expect(pair.deliver(1)).toBe(0);
    expect(one.getHTML()).toBe(two.getHTML());
    expect(one.getHTML().match(/<t[dh] /g)).toHaveLength(8);
    // It goes on being a table.
    one.commands.setTextSelection(4);
    expect(one.commands.deleteColumn()).toBe(true);
    two.commands.setTextSelection(4);
    expect(two.commands.addColumnAfter()).toBe(true);
    pair.deliver();
    expect(one.getHTML()).toBe(two.getHTML());
  });
});

function element(name: string, ...children: (Y.XmlElement | string)[]): Y.XmlElement {
  const made = new Y.XmlElement(name);
  made.insert(0, children.map((child) => (typeof child === 'string' ? new Y.XmlText(child) : child)));
  return made;
}

describe('what the server takes', () => {
  const paragraph = (words: string) => element('paragraph', words);
  const taken: [string, () => Y.XmlElement][] = [
    ['a heading before the paragraph of an item', () => element('bulletList', element('listItem', element('heading'), paragraph('mots')))],
    ['a list as the first of an item', () => element('orderedList', element('listItem', element('bulletList', element('listItem', paragraph('mots')))))],
    ['an empty item', () => element('bulletList', element('listItem'), element('listItem', paragraph('mots')))],
    ['an empty list', () => element('bulletList')],
    ['an empty quote', () => element('blockquote')],
    ['an empty table', () => element('table')],
    ['an empty row', () => element('table', element('tableRow'))],
    ['an empty cell', () => element('table', element('tableRow', element('tableCell'), element('tableHeader')))],
  ];

  it.each(taken)('%s stands in an open editor, which deletes nothing and can be typed in', (_, make) => {
    const [doc, other] = [new Y.Doc(), new Y.Doc()];
    const editor = editorOn(doc);
    const fragment = other.getXmlFragment('context');
    fragment.insert(0, [make(), paragraph('dessous')]);
    const sent = fragment.toString();
    let own = 0;
    doc.on('update', (_update, origin) => (own += origin === 'remote' ? 0 : 1));
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other), 'remote');
    editor.state.doc.check();
    expect([doc.getXmlFragment('context').toString(), own]).toEqual([sent, 0]);
    expect(editor.getHTML()).toContain('dessous');
    at(editor, 'dessous');
    write(editor, ' suite');
    expect(doc.getXmlFragment('context').toString()).toBe(sent.replace('dessous', 'dessous suite'));
    editor.commands.selectAll();
    editor.commands.deleteSelection();
    expect(editor.getText().trim()).toBe('');
  });
});

const LIST = '<ul><li><p>un</p></li><li><p>deux</p><ul><li><p>trois</p></li></ul></li><li><p></p></li></ul><p>après</p>';
const CELLS = '<table><tr><td>a</td><td>b</td></tr></table>';

/** What one does, on what, as it was before the schema was loose. */
const DONE: [string, string, (editor: Editor) => void][] = [
  ['Enter in an item', LIST, (on) => (at(on, 'un'), press(on, 'Enter'), write(on, 'x'))],
  ['Enter before an item’s words', LIST, (on) => (at(on, 'deux', 'before'), press(on, 'Enter'))],
  ['Enter twice in a nested item', LIST, (on) => (at(on, 'trois'), press(on, 'Enter'), press(on, 'Enter'), write(on, 'x'))],
  ['Enter twice at the end of a list', '<ul><li><p>un</p></li></ul>', (on) => (at(on, 'un'), press(on, 'Enter'), press(on, 'Enter'), write(on, 'x'))],
  ['Backspace before an item', LIST, (on) => (at(on, 'deux', 'before'), press(on, 'Backspace'))],
  ['Backspace before the first item', LIST, (on) => (at(on, 'un', 'before'), press(on, 'Backspace'))],
  ['Backspace before a nested item', LIST, (on) => (at(on, 'trois', 'before'), press(on, 'Backspace'))],
  ['Backspace after a list', LIST, (on) => (at(on, 'après', 'before'), press(on, 'Backspace'), write(on, 'z'))],
  ['Delete at the end of an item', LIST, (on) => (at(on, 'un'), press(on, 'Delete'))],
  ['Tab in an item', LIST, (on) => (at(on, 'deux'), press(on, 'Tab'))],
  ['Tab in the first item', LIST, (on) => (at(on, 'un'), press(on, 'Tab'))],
  ['Shift and Tab in a nested item', LIST, (on) => (at(on, 'trois'), press(on, 'Tab', { shiftKey: true }))],
  ['a list taken off', LIST, (on) => (at(on, 'un'), on.commands.toggleBulletList())],
  ['a list numbered', LIST, (on) => (at(on, 'un'), on.commands.toggleOrderedList())],
  ['a heading made an item', '<h2>titre</h2>', (on) => (at(on, 'titre'), on.commands.toggleBulletList())],
  ['everything deleted', LIST, (on) => (on.commands.selectAll(), on.commands.deleteSelection())],
  ['an item’s words deleted', LIST, (on) => (on.commands.setTextSelection({ from: 3, to: 5 }), on.commands.deleteSelection(), write(on, 'x'))],
  ['a dash typed', '<p></p>', (on) => (on.commands.setTextSelection(1), write(on, '- a'))],
  ['a number typed', '<p></p>', (on) => (on.commands.setTextSelection(1), write(on, '1. a'))],
  ['a number typed in a heading', '<h2></h2>', (on) => (on.commands.setTextSelection(1), write(on, '1. a'))],
  ['a number typed in an item', '<ul><li><p></p></li></ul>', (on) => (on.commands.setTextSelection(3), write(on, '1. a'))],
  ['a quote typed in an item', '<ul><li><p></p></li></ul>', (on) => (on.commands.setTextSelection(3), write(on, '> a'))],
  ['Enter twice in a quote', '<blockquote><p>a</p></blockquote>', (on) => (at(on, 'a'), press(on, 'Enter'), press(on, 'Enter'), write(on, 'x'))],
  ['Backspace in a quote', '<p>z</p><blockquote><p>a</p></blockquote>', (on) => (at(on, 'a', 'before'), press(on, 'Backspace'))],
  ['a table made and filled', '<p></p>', (on) => (on.commands.insertTable({ rows: 2, cols: 2 }), write(on, 'a'), press(on, 'Tab'), write(on, 'b'))],
  ['a column added', CELLS, (on) => (at(on, 'b'), on.commands.addColumnAfter(), press(on, 'Tab'), write(on, 'c'))],
  ['a row added with Tab', CELLS, (on) => (at(on, 'b'), press(on, 'Tab'), write(on, 'c'))],
  ['a column deleted', CELLS, (on) => (at(on, 'a'), on.commands.deleteColumn())],
  ['a row deleted', CELLS, (on) => (at(on, 'a'), on.commands.deleteRow())],
  ['cells emptied', CELLS, (on) => (on.commands.setCellSelection({ anchorCell: 2, headCell: 2 }), press(on, 'Backspace'), write(on, 'q'))],
  ['an emptied paste', '<p></p>', (on) => on.commands.setContent(cleanPasted('<ul><li></li></ul><table><tr><td></td></tr></table><blockquote></blockquote>'))],
];

const strict = (): Extensions => [
  StarterKit.configure({ heading: { levels: [2, 3, 4] }, code: false, codeBlock: false, strike: false, underline: false, link: false, trailingNode: false, undoRedo: false }),
  TableKit.configure({ table: { resizable: false } }),
];

test.each(DONE)('%s, as with a strict schema', (_, html, act) => {
  const [ours, theirs] = [schemaExtensions(), strict()].map((extensions) => {
    const editor = editorWith(extensions, html);
    act(editor);
    editor.state.doc.check();
    return `${editor.getHTML()} cursor ${editor.state.selection.from}`;
  });
  expect(ours).toBe(theirs);
});
