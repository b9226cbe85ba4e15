import { expect, test } from 'vitest';
import * as Y from 'yjs';

import { beginStepAfterClock } from './undo';

/** What is left after one undo, when the clock is set back by a day between two words. */
function undone(guarded: boolean): string {
  const doc = new Y.Doc();
  const text = doc.getText('t');
  const undo = new Y.UndoManager(text);
  if (guarded) doc.on('beforeTransaction', () => beginStepAfterClock(undo));
  text.insert(0, 'avant');
  // The clock showed tomorrow.
  undo.lastChange += 86_400_000;
  text.insert(5, ' après');
  undo.undo();
  return text.toString();
}

test('after a clock that was set back, what is typed is not one step with all before', () => {
  expect(undone(true)).toBe('avant');
  expect(undone(false)).toBe('');
});
