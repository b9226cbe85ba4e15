/** A very long paste goes in pieces, so that each update stays small on the wire. */
import { Fragment, Slice } from '@tiptap/pm/model';
import { TextSelection } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';

import { undoOf } from './undo';

/** About 128 KiB of update, with the weight of the nodes and of accents. */
export const PIECE = 48 * 1024;

/** Pieces of a slice, cut between its outermost blocks. */
export function pieces(slice: Slice, limit = PIECE): Slice[] {
  const groups: Fragment[] = [];
  let group = Fragment.empty;
  slice.content.forEach((block) => {
    if (group.size > 0 && group.size + block.nodeSize > limit) {
      groups.push(group);
      group = Fragment.empty;
    }
    group = group.addToEnd(block);
  });
  groups.push(group);
  return groups.map(
    (content, at) =>
      new Slice(content, at === 0 ? slice.openStart : 0, at === groups.length - 1 ? slice.openEnd : 0),
  );
}

/** Pastes in pieces where that is needed and possible, undone in one step; answers whether it did. */
export function pasteInPieces(view: EditorView, slice: Slice, limit = PIECE): boolean {
  if (slice.content.size <= limit || view.state.selection.$from.depth > 1) return false;
  const [first, ...rest] = pieces(slice, limit);
  if (!first || rest.length === 0) return false;
  asOneStep(view, () => insert(view, first, rest));
  return true;
}

function insert(view: EditorView, first: Slice, rest: Slice[]): void {
  view.dispatch(view.state.tr.replaceSelection(new Slice(first.content, first.openStart, 0)));
  for (const piece of rest) {
    const { $to } = view.state.selection;
    const after = $to.depth > 0 ? $to.after(1) : $to.pos;
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
  undo.stopCapturing();
  undo.captureTimeout = Infinity;
  // The first piece begins a step of its own; the others join it.
  try {
    act();
  } finally {
    undo.captureTimeout = usual;
    undo.stopCapturing();
  }
}
