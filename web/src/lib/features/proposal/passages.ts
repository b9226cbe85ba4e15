/** Marks the passages of a section in the text as the server sets it. */
import type { LegendLine, Passage } from './authors.svelte.ts';

/**
 * Wraps each passage of `root` in spans: offsets count the UTF-16 units of its text, tags left out.
 * A passage that goes over several lines or marks has several spans; the first one takes the focus.
 */
export function markPassages(root: HTMLElement, passages: Passage[], lines: Map<string, LegendLine>): void {
  const texts: Text[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  let at = 0;
  let next = 0;
  let fresh = true;
  for (let text of texts) {
    while (text.length > 0) {
      const passage = passages[next];
      if (!passage) return;
      const length = Math.min(text.length, passage.range.to - at);
      const rest = length < text.length ? text.splitText(length) : null;
      wrap(text, passage, lines.get(passage.key), fresh);
      at += length;
      fresh = at >= passage.range.to;
      if (fresh) next += 1;
      if (!rest) break;
      text = rest;
    }
  }
}

function wrap(text: Text, passage: Passage, line: LegendLine | undefined, first: boolean): void {
  const span = document.createElement('span');
  span.className = line ? `passage colour-${line.colour} pattern-${line.pattern}` : 'passage';
  span.dataset.passage = String(passage.number);
  span.dataset.key = passage.key;
  if (first) {
    span.tabIndex = -1;
    span.dataset.first = '';
    span.setAttribute('role', 'group');
  }
  text.replaceWith(span);
  span.append(text);
}
