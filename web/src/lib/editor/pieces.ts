/** A very long paste goes in pieces, so that each update stays small on the wire; undone in one step. */
import { Fragment, Slice, type Node } from '@tiptap/pm/model';
import { TextSelection } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';

import { undoOf } from './undo';

/** About 128 KiB of update, with the weight of the nodes and of accents. */
export const PIECE = 48 * 1024;

/** What is inserted at once. */
export interface Piece {
  content: Fragment;
  /** It goes on in the block that the piece before ended in. */
  joins: boolean;
}

/** Pieces of what is pasted, cut between its outermost blocks, and inside those that are only text. */
export function pieces(content: Fragment, limit = PIECE): Piece[] {
  const found: Piece[] = [];
  let group = Fragment.empty;
  const flush = (): void => {
    if (group.size > 0) found.push({ content: group, joins: false });
    group = Fragment.empty;
  };
  content.forEach((block) => {
    if (group.size > 0 && group.size + block.nodeSize > limit) flush();
    if (!block.isTextblock || block.nodeSize <= limit) {
      group = group.addToEnd(block);
      return;
    }
    const [first, ...rest] = chunks(block, limit);
    found.push({ content: Fragment.from(block.copy(first)), joins: false });
    found.push(...rest.map((text) => ({ content: text, joins: true })));
  });
  flush();
  return found;
}

/** The text of a long block in parts; never between the halves of a character. */
function chunks(block: Node, limit: number): Fragment[] {
  const parts: Fragment[] = [];
  let from = 0;
  while (from < block.content.size) {
    let to = Math.min(block.content.size, from + limit);
    if (to < block.content.size && /[\uD800-\uDBFF]$/.test(block.textBetween(to - 1, to))) to -= 1;
    parts.push(block.content.cut(from, to));
    from = to;
  }
  return parts;
}

/** Pastes in pieces where that is needed and possible; answers whether it did. */
export function pasteInPieces(view: EditorView, slice: Slice, limit = PIECE): boolean {
  if (slice.content.size <= limit || view.state.selection.$from.depth > 1) return false;
  const [first, ...rest] = pieces(slice.content, limit);
  if (!first || rest.length === 0) return false;
  // Words without a block of their own go into the paragraph one stands in, and leave its end there.
  const inline = slice.content.childCount === 1 && slice.openStart > 0 && slice.openEnd > 0;
  asOneStep(view, () => insert(view, new Slice(first.content, slice.openStart, inline ? 1 : 0), rest));
  return true;
}

function insert(view: EditorView, first: Slice, rest: Piece[]): void {
  view.dispatch(view.state.tr.replaceSelection(first));
  for (const piece of rest) {
    const { $to } = view.state.selection;
    const after = piece.joins || $to.depth === 0 ? $to.pos : $to.after(1);
    const tr = view.state.tr.insert(after, piece.content);
    tr.setSelection(TextSelection.near(tr.doc.resolve(after + piece.content.size), -1));
    view.dispatch(tr);
  }
  view.dispatch(view.state.tr.scrollIntoView());
}

/** What happens within is one step to undo, however long it takes and whatever was typed around it. */
function asOneStep(view: EditorView, act: () => void): void {
  const undo = undoOf(view.state);
  if (!undo) return act();
  const usual = undo.captureTimeout;
  // The first piece begins a step of its own; the others join it.
  undo.stopCapturing();
  undo.captureTimeout = Infinity;
  try {
    act();
  } finally {
    undo.captureTimeout = usual;
    undo.stopCapturing();
  }
}
