/** Other people's carets: thin bars with initials and organisation, the whole name for three seconds. */
import CollaborationCaret from '@tiptap/extension-collaboration-caret';
import type { Awareness } from 'y-protocols/awareness';

import { initials, type PresentUser } from '../live/presence.svelte.ts';

/** The caret of one person. Hidden from screen readers: the list of people says who is here. */
export function caretOf(user: PresentUser): HTMLElement {
  const caret = document.createElement('span');
  caret.className = 'remote-caret';
  caret.setAttribute('aria-hidden', 'true');
  if (user.color) caret.style.setProperty('--who', user.color);
  const label = document.createElement('span');
  label.className = 'remote-caret-label';
  const short = document.createElement('b');
  short.textContent = initials(user.name ?? '');
  const full = document.createElement('span');
  full.textContent = [user.name, user.organisation].filter(Boolean).join(' · ');
  label.append(short, full);
  // Word joiners keep the bar from breaking the line it stands in.
  caret.append('\u2060', label, '\u2060');
  return caret;
}

/** The extension, on the awareness all editors of a document share. */
export function carets(awareness: Awareness, user: PresentUser) {
  return CollaborationCaret.configure({
    provider: { awareness },
    user,
    render: (other) => caretOf(other as PresentUser),
    selectionRender: (other) => ({
      class: 'remote-selection',
      style: `--who: ${/^#[0-9a-f]{6}$/i.test(String(other.color)) ? String(other.color) : 'gray'}`,
    }),
  });
}
