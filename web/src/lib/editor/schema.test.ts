// @vitest-environment happy-dom
import { Editor } from '@tiptap/core';
import Collaboration from '@tiptap/extension-collaboration';
import { Fragment, Slice } from '@tiptap/pm/model';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';

import { cleanPasted } from './paste';
import { pasteInPieces } from './pieces';
import { schemaExtensions, schemaText } from './schema';
import written from './schema.txt?raw';

const editors: Editor[] = [];

afterEach(() => {
  for (const editor of editors.splice(0)) editor.destroy();
});

function editorOn(doc: Y.Doc, field: string): Editor {
  const editor = new Editor({
    element: document.createElement('div'),
    extensions: [...schemaExtensions(), Collaboration.configure({ document: doc, field })],
    editorProps: { transformPastedHTML: cleanPasted },
  });
  editors.push(editor);
  return editor;
}

describe('the schema', () => {
  it('is the one that is written down and that the server mirrors', () => {
    expect(schemaText()).toBe(written);
  });

  it('writes what the server knows, and links with an address only', () => {
    const doc = new Y.Doc();
    const editor = editorOn(doc, 'context');
    editor.commands.setContent(
      '<h3>Titre</h3><p>Un <a href="https://exemple.fr" target="_blank" class="x">lien</a></p><ol start="3"><li><p>a</p></li></ol>',
    );
    const xml = doc.getXmlFragment('context').toString();
    expect(xml).toContain('<heading level="3">Titre</heading>');
    expect(xml).toContain('<link href="https://exemple.fr">lien</link>');
    expect(xml).toContain('<orderedlist start="3">');
  });
});

describe('several editors on one document', () => {
  it('write nothing by being opened, and undo only their own changes', () => {
    const doc = new Y.Doc();
    let updates = 0;
    doc.on('update', () => (updates += 1));
    const [one, two] = [editorOn(doc, 'context'), editorOn(doc, 'description')];
    expect(updates).toBe(0);
    one.commands.insertContent('Un');
    two.commands.insertContent('Deux');
    const other = new Y.Doc();
    Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
    const paragraph = new Y.XmlElement('paragraph');
    paragraph.insert(0, [new Y.XmlText('Autre')]);
    other.getXmlFragment('context').insert(1, [paragraph]);
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other), 'remote');
    one.commands.undo();
    expect(one.getText()).not.toContain('Un');
    expect(one.getText()).toContain('Autre');
    expect(two.getText()).toContain('Deux');
  });
});

describe('a very long paste', () => {
  it('goes in several updates and arrives whole, in order', () => {
    const doc = new Y.Doc();
    const editor = editorOn(doc, 'context');
    const { schema } = editor;
    const paragraphs = Array.from({ length: 40 }, (_, at) =>
      schema.node('paragraph', null, [schema.text(`${at} ${'mot '.repeat(100)}`)]),
    );
    let updates = 0;
    doc.on('update', () => (updates += 1));
    const slice = new Slice(Fragment.from(paragraphs), 1, 1);
    expect(pasteInPieces(editor.view, slice, 4_000)).toBe(true);
    expect(updates).toBeGreaterThan(3);
    const numbers = [...editor.getText().matchAll(/(\d+) mot/g)].map((match) => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: 40 }, (_, at) => at));
  });
});
