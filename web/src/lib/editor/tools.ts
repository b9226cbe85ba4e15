/** What the toolbar offers: what each tool does, when it is on, when it can be used, and its shortcut. */
import type { Editor } from '@tiptap/core';

import { m } from '#lib/paraglide/messages.js';

/** One tool. `on` is absent where there is nothing to be on. */
export interface Tool {
  key: string;
  label: () => string;
  /** What the button shows. */
  face: string;
  shortcut?: string;
  run: (editor: Editor) => void;
  on?: (editor: Editor) => boolean;
  can?: (editor: Editor) => boolean;
}

const chain = (editor: Editor) => editor.chain().focus();

/** How the text looks. */
export const MARKS: Tool[] = [
  { key: 'bold', label: m.tool_bold, get face() { return m.tool_bold_face(); }, shortcut: 'Mod-B', run: (e) => chain(e).toggleBold().run(), on: (e) => e.isActive('bold'), can: (e) => e.can().toggleBold() },
  { key: 'italic', label: m.tool_italic, get face() { return m.tool_italic_face(); }, shortcut: 'Mod-I', run: (e) => chain(e).toggleItalic().run(), on: (e) => e.isActive('italic'), can: (e) => e.can().toggleItalic() },
];

/** What a paragraph is. */
export const STYLES: Tool[] = [
  { key: 'paragraph', label: m.tool_paragraph, face: '', shortcut: 'Mod-Alt-0', run: (e) => chain(e).setParagraph().run(), on: (e) => e.isActive('paragraph') },
  ...([2, 3, 4] as const).map((level) => ({
    key: `heading${level}`,
    label: { 2: m.tool_heading2, 3: m.tool_heading3, 4: m.tool_heading4 }[level],
    face: '',
    shortcut: `Mod-Alt-${level}`,
    run: (e: Editor) => void chain(e).setHeading({ level }).run(),
    on: (e: Editor) => e.isActive('heading', { level }),
  })),
];

/** Blocks. */
export const BLOCKS: Tool[] = [
  { key: 'bullets', label: m.tool_bullets, face: '•', shortcut: 'Mod-Shift-8', run: (e) => chain(e).toggleBulletList().run(), on: (e) => e.isActive('bulletList'), can: (e) => e.can().toggleBulletList() },
  { key: 'numbers', label: m.tool_numbers, face: '1.', shortcut: 'Mod-Shift-7', run: (e) => chain(e).toggleOrderedList().run(), on: (e) => e.isActive('orderedList'), can: (e) => e.can().toggleOrderedList() },
  { key: 'quote', label: m.tool_quote, face: '«\u202f»', shortcut: 'Mod-Shift-B', run: (e) => chain(e).toggleBlockquote().run(), on: (e) => e.isActive('blockquote'), can: (e) => e.can().toggleBlockquote() },
];

/** Tables: the first stands alone, the others in a menu once the cursor is in one. */
export const TABLE_INSERT: Tool = {
  key: 'table_insert',
  label: m.tool_table_insert,
  face: '',
  run: (e) => chain(e).insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run(),
  can: (e) => !e.isActive('table') && e.can().insertTable({ rows: 3, cols: 3, withHeaderRow: true }),
};
export const TABLE: Tool[] = [
  { key: 'row_after', label: m.tool_row_after, face: '', run: (e) => chain(e).addRowAfter().run() },
  { key: 'column_after', label: m.tool_column_after, face: '', run: (e) => chain(e).addColumnAfter().run() },
  { key: 'row_delete', label: m.tool_row_delete, face: '', run: (e) => chain(e).deleteRow().run() },
  { key: 'column_delete', label: m.tool_column_delete, face: '', run: (e) => chain(e).deleteColumn().run() },
  { key: 'header', label: m.tool_header, face: '', run: (e) => chain(e).toggleHeaderRow().run() },
  { key: 'table_delete', label: m.tool_table_delete, face: '', run: (e) => chain(e).deleteTable().run() },
];

/** One's own changes, undone and done again. */
export const STEPS: Tool[] = [
  { key: 'undo', label: m.tool_undo, face: '↶', shortcut: 'Mod-Z', run: (e) => chain(e).undo().run(), can: (e) => e.can().undo() },
  { key: 'redo', label: m.tool_redo, face: '↷', shortcut: 'Mod-Shift-Z', run: (e) => chain(e).redo().run(), can: (e) => e.can().redo() },
];

/** A shortcut as this machine writes it. */
export function shortcutWords(shortcut: string, mac: boolean): string {
  return shortcut
    .split('-')
    .map((key) => (key === 'Mod' ? (mac ? '⌘' : 'Ctrl') : key === 'Shift' ? (mac ? '⇧' : m.key_shift()) : key === 'Alt' && mac ? '⌥' : key))
    .join(mac ? '' : '\u202f+\u202f');
}
