/**
 * The nodes of the editor as loose as what the server takes. Edits that meet leave a list without an
 * item, or a heading where a paragraph began an item. To an editor whose schema forbids that, such a
 * node is an error, and it deletes it for everybody, in the name of whoever has the page open. So
 * every node may be empty and hold its children in any order; what one makes here stays tidy.
 */
import { Extension, InputRule, type AnyExtension } from '@tiptap/core';
import type { Node, NodeType, Schema } from '@tiptap/pm/model';
import { Plugin } from '@tiptap/pm/state';
import { wrapInList } from '@tiptap/pm/schema-list';

/** What each may hold, and what a new one begins with. */
const LOOSE: Record<string, { content: string; first: string }> = {
  blockquote: { content: 'block*', first: 'paragraph' },
  bulletList: { content: 'listItem*', first: 'listItem' },
  orderedList: { content: 'listItem*', first: 'listItem' },
  listItem: { content: 'block*', first: 'paragraph' },
  table: { content: 'tableRow*', first: 'tableRow' },
  tableCell: { content: 'block*', first: 'paragraph' },
  tableHeader: { content: 'block*', first: 'paragraph' },
};

/** Marks typed at the start of a line that change it, and whether only a paragraph's. */
const TYPED: Record<string, 'paragraph' | 'any'> = { bulletList: 'paragraph', orderedList: 'paragraph', blockquote: 'any', heading: 'any' };

/** An extension's own way, which its replacement may call. */
type Own<T, Given extends unknown[] = []> = { parent?: ((...given: Given) => T) | null };

/** The extension, as loose as the server and as tidy as before. */
export function loosened(extension: AnyExtension): AnyExtension {
  const { name } = extension;
  const changed: Record<string, unknown> = {};
  if (LOOSE[name]) changed.content = LOOSE[name].content;
  if (TYPED[name]) {
    changed.addInputRules = function guardedRules(this: Own<InputRule[]>) {
      return (this.parent?.() ?? []).map((rule) => guarded(rule, TYPED[name] === 'paragraph'));
    };
  }
  if (name === 'table') {
    changed.addProseMirrorPlugins = function unfixedPlugins(this: Own<Plugin[]>) {
      return (this.parent?.() ?? []).map(unfixed);
    };
    // Without rows there are no columns to measure.
    changed.renderHTML = function rendered(this: Own<unknown, [Rendered]>, given: Rendered) {
      return given.node.childCount === 0 ? ['table', given.HTMLAttributes, ['tbody', 0]] : this.parent?.(given);
    };
  }
  return extension.extend(changed);
}

type Rendered = { node: Node; HTMLAttributes: object };

/** `1. ` in a heading numbers it, and in a list item it is text: neither begins a list. */
function guarded(rule: InputRule, paragraphsOnly: boolean): InputRule {
  return new InputRule({
    find: rule.find,
    undoable: rule.undoable,
    handler: (typed) => {
      const at = typed.state.doc.resolve(typed.range.from);
      const beginsItem = at.depth > 1 && at.node(-1).type.name === 'listItem' && at.index(-1) === 0;
      if (beginsItem || (paragraphsOnly && at.parent.type.name !== 'paragraph')) return null;
      return rule.handler(typed);
    },
  });
}

/**
 * The table plugin completes the ragged tables of every transaction, remote ones too. When two people
 * change one table at once it is ragged for a moment in every open editor, each completes it, and
 * their completions make it ragged again: it grows by itself without end. So a ragged table stays as
 * it is; told that nothing changed, the plugin only sets the selection right.
 */
function unfixed(plugin: Plugin): Plugin {
  const append = plugin.spec.appendTransaction;
  if (!append) return plugin;
  return new Plugin({
    ...plugin.spec,
    appendTransaction(transactions, _, now) {
      return append.call(this as Plugin, transactions, now, now);
    },
  });
}

/** What is made here begins as it should, though it might be empty. */
export const Tidy = Extension.create({
  name: 'tidy',

  onBeforeCreate() {
    beginFull(this.editor.schema);
  },

  addCommands() {
    return {
      // Only paragraphs become items: a heading is made one first, a list is taken apart.
      wrapInList:
        (type, attributes = {}) =>
        ({ state, dispatch }) => {
          const { $from, $to } = state.selection;
          const range = $from.blockRange($to);
          for (let at = range?.startIndex ?? 0; range && at < range.endIndex; at += 1) {
            if (range.parent.child(at).type.name !== 'paragraph') return false;
          }
          const list = typeof type === 'string' ? state.schema.nodes[type] : type;
          return list !== undefined && wrapInList(list, attributes)(state, dispatch);
        },
    };
  },
});

/** Commands that add an item or a cell ask for one that is filled: it gets what one types into. */
export function beginFull(schema: Schema): Schema {
  for (const [name, { first }] of Object.entries(LOOSE)) {
    const [type, inner] = [schema.nodes[name], schema.nodes[first]];
    if (!type || !inner) continue;
    const fill = type.createAndFill.bind(type);
    type.createAndFill = ((...given: Parameters<NodeType['createAndFill']>) => {
      const made = fill(...given);
      return made && made.childCount === 0 ? fill(given[0], inner.createAndFill(), given[2]) : made;
    }) as NodeType['createAndFill'];
  }
  return schema;
}
