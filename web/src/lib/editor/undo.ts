/** Undoing one's own words: what Yjs' undo manager needs from us. */
import type { EditorState } from '@tiptap/pm/state';
import { yUndoPluginKey } from '@tiptap/y-tiptap';
import type * as Y from 'yjs';

/** The undo manager of an editor; `null` before its view stands. */
export function undoOf(state: EditorState): Y.UndoManager | null {
  const plugin = yUndoPluginKey.getState(state) as { undoManager?: Y.UndoManager } | undefined;
  return plugin?.undoManager ?? null;
}

/**
 * Edits less than half a second apart are undone together, by the clock that people set. After one
 * that was set back, everything typed would be one step until the day it had shown: a new step begins.
 */
export function beginStepAfterClock(undo: Y.UndoManager, now = Date.now()): void {
  if (undo.lastChange > now) undo.stopCapturing();
}
