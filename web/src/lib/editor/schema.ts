/**
 * The editor's schema number 1: these nodes and marks and nothing else. The server's gate holds the
 * same table (`server/live/schema.rs`); `schema.txt` is the copy both are compared with.
 */
import { getSchema, type Extensions } from '@tiptap/core';
import { TableKit } from '@tiptap/extension-table';
import type { Schema } from '@tiptap/pm/model';
import StarterKit from '@tiptap/starter-kit';

import { Link } from './link';
import { Tidy, loosened } from './loose';
import { SCHEMA, SECTIONS } from './sections';

/** Heading levels inside a section: the section's own title is above them. */
export const LEVELS = [2, 3, 4] as const;

/** The extensions that make the schema. */
export function schemaExtensions(): Extensions {
  return [
    StarterKit.extend({ addExtensions }).configure({
      heading: { levels: [...LEVELS] },
      code: false,
      codeBlock: false,
      strike: false,
      underline: false,
      link: false,
      // Yjs undoes; and the trailing node writes on a mere presence message.
      undoRedo: false,
      trailingNode: false,
      dropcursor: { class: 'drop-cursor', width: 2, color: 'var(--accent)' },
    }),
    Link,
    TableKit.extend({ addExtensions }).configure({ table: { resizable: false } }),
    Tidy,
  ];
}

/** Each extension of a kit, as loose as the server (`loose.ts`). */
function addExtensions(this: { parent?: (() => Extensions) | null }): Extensions {
  return (this.parent?.() ?? []).map(loosened);
}

/** The schema as text, one line a node or mark, in order. */
export function schemaText(schema: Schema = getSchema(schemaExtensions())): string {
  const lines = [`schema ${SCHEMA}`, `sections ${SECTIONS.join(' ')}`];
  for (const [name, type] of Object.entries(schema.nodes)) {
    if (name === 'doc' || name === 'text') continue;
    const attributes = Object.keys(type.spec.attrs ?? {}).join(' ') || '-';
    lines.push(`node ${name} | in ${type.spec.group ?? '-'} | holds ${type.spec.content ?? '-'} | ${attributes}`);
  }
  for (const [name, type] of Object.entries(schema.marks)) {
    lines.push(`mark ${name} | ${Object.keys(type.spec.attrs ?? {}).join(' ') || '-'}`);
  }
  return `${lines.join('\n')}\n`;
}
