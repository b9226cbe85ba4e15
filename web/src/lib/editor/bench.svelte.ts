/**
 * The editors of one sheet, one a section, and the one the cursor is in: what the toolbar acts on.
 * Editors are not state: whoever reads `active` is told of each of their transactions.
 */
import type { Editor } from '@tiptap/core';
import { absolutePositionToRelativePosition, relativePositionToAbsolutePosition, ySyncPluginKey } from '@tiptap/y-tiptap';
import { createSubscriber } from 'svelte/reactivity';
import type { Awareness } from 'y-protocols/awareness';

import type { SectionKey } from './sections.ts';

type Relative = ReturnType<typeof absolutePositionToRelativePosition>;

/** A caret in words of the shared text: it holds while others write, and in another editor of it. */
interface Place {
  section: SectionKey;
  anchor: Relative;
  head: Relative;
  /** The same as a plain position: for a text that began again without what came too late. */
  at: number;
}

export class Bench {
  #editors = new Map<SectionKey, Editor>();
  #active: Editor | null = null;
  /** Where the caret was when its editor was taken away: a frozen text gives it back when it thaws. */
  #place: Place | null = null;
  #tells = new Set<() => void>();
  #subscribe = createSubscriber((told) => {
    this.#tells.add(told);
    return () => this.#tells.delete(told);
  });

  /** The editor the cursor is or was last in. */
  get active(): Editor | null {
    this.#subscribe();
    return this.#active;
  }

  editor(section: SectionKey): Editor | null {
    return this.#editors.get(section) ?? null;
  }

  add(section: SectionKey, editor: Editor): void {
    this.#editors.set(section, editor);
    editor.on('create', () => this.#restore(section, editor));
    editor.on('focus', () => {
      this.#active = editor;
      this.#place = null;
      this.#tell();
    });
    editor.on('transaction', () => {
      if (editor === this.#active) this.#tell();
    });
  }

  /** Destroys an editor. Its caret clears the shared cursor, which may be another editor's: it is set again. */
  remove(section: SectionKey, awareness: Awareness | null): void {
    const editor = this.#editors.get(section);
    if (!editor) return;
    this.#editors.delete(section);
    if (this.#active === editor) this.#place = placeOf(section, editor);
    const cursor: unknown = awareness?.getLocalState()?.cursor ?? null;
    editor.destroy();
    if (this.#active === editor) {
      this.#active = null;
      this.#tell();
    } else if (cursor && this.#active) {
      awareness?.setLocalStateField('cursor', cursor);
    }
  }

  /** The caret where it was, if the place is still there and the focus is nowhere else. */
  #restore(section: SectionKey, editor: Editor): void {
    const place = this.#place;
    if (place?.section !== section || document.activeElement !== document.body) return;
    const sync = ySyncPluginKey.getState(editor.state);
    if (!sync?.binding) return;
    const at = (position: Relative): number | null => relativePositionToAbsolutePosition(sync.doc, sync.type, position, sync.binding.mapping);
    const near = Math.min(place.at, editor.state.doc.content.size - 1);
    const [anchor, head] = [at(place.anchor) ?? near, at(place.head) ?? near];
    editor
      .chain()
      .setTextSelection({ from: Math.min(anchor, head), to: Math.max(anchor, head) })
      .focus(undefined, { scrollIntoView: false })
      .run();
  }

  /** Just after: an editor also changes while the page is being drawn, when nothing may be told. */
  #tell(): void {
    queueMicrotask(() => this.#tells.forEach((told) => told()));
  }
}

function placeOf(section: SectionKey, editor: Editor): Place | null {
  const sync = ySyncPluginKey.getState(editor.state);
  if (!sync?.binding) return null;
  const { anchor, head } = editor.state.selection;
  const at = (position: number): Relative => absolutePositionToRelativePosition(position, sync.type, sync.binding.mapping);
  return { section, anchor: at(anchor), head: at(head), at: head };
}
