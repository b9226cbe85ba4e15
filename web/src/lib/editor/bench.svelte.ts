/**
 * The editors of one sheet, one a section, and the one the cursor is in: what the toolbar acts on.
 * Editors are not state: whoever reads `active` is told of each of their transactions.
 */
import type { Editor } from '@tiptap/core';
import { createSubscriber } from 'svelte/reactivity';
import type { Awareness } from 'y-protocols/awareness';

import type { SectionKey } from './sections.ts';

export class Bench {
  #editors = new Map<SectionKey, Editor>();
  #active: Editor | null = null;
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
    editor.on('focus', () => {
      this.#active = editor;
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
    const cursor: unknown = awareness?.getLocalState()?.cursor ?? null;
    editor.destroy();
    if (this.#active === editor) {
      this.#active = null;
      this.#tell();
    } else if (cursor && this.#active) {
      awareness?.setLocalStateField('cursor', cursor);
    }
  }

  /** Just after: an editor also changes while the page is being drawn, when nothing may be told. */
  #tell(): void {
    queueMicrotask(() => this.#tells.forEach((told) => told()));
  }
}
