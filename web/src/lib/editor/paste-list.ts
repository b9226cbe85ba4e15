/** Word's lists: paragraphs that only look like one, with the level in a style and the marker typed. */

/** A paragraph that is an item. */
export interface WordItem {
  level: number;
  ordered: boolean;
  content: Node[];
}

const NUMBERED = /^\(?(?:\d{1,3}|[a-z]|[ivxlc]{1,6})[.)°]/i;

/** Whether a paragraph is an item of one of Word's lists, how deep and of which kind. */
export function wordList(element: Element): Omit<WordItem, 'content'> | null {
  if (!/^(?:p|div|h[1-6])$/.test(element.localName)) return null;
  const said = /mso-list:\s*l\d+\s+level(\d+)/i.exec(element.getAttribute('style') ?? '')?.[1];
  if (said !== undefined && !/^h[1-6]$/.test(element.localName)) {
    const marker = [...element.querySelectorAll('span')].find((span) =>
      /mso-list:\s*ignore/i.test(span.getAttribute('style') ?? ''),
    );
    const shown = (marker?.textContent ?? '').replace(/[\s\u00a0]/g, '');
    return { level: Math.min(Number(said), 9), ordered: NUMBERED.test(shown) };
  }
  return /\bMsoListParagraph/.test(element.className) ? typed(element) : null;
}

/** The marker is part of the words: it is taken out of them. */
function typed(element: Element): Omit<WordItem, 'content'> | null {
  const first = firstText(element);
  const marker = /^[\s\u00a0]*([·•▪§o–-]|\d{1,3}[.)])[\s\u00a0]+/.exec(first?.data ?? '');
  if (!first || !marker) return null;
  first.data = first.data.slice(marker[0].length);
  return { level: 1, ordered: /\d/.test(marker[1] ?? '') };
}

function firstText(node: Node): Text | null {
  for (const child of node.childNodes) {
    if (child.nodeType === 3 && (child.textContent ?? '').trim() !== '') return child as Text;
    const found = child.nodeType === 1 ? firstText(child) : null;
    if (found) return found;
  }
  return null;
}

/** One list of these items, nested by level. A level that is skipped counts as one. */
export function listOf(page: Document, items: WordItem[]): Element {
  const root = page.createElement(items[0]?.ordered ? 'ol' : 'ul');
  const open: { level: number; list: Element }[] = [{ level: items[0]?.level ?? 1, list: root }];
  for (const item of items) {
    while (open.length > 1 && (open[open.length - 1]?.level ?? 0) > item.level) open.pop();
    let current = open[open.length - 1] ?? { level: 1, list: root };
    const last = current.list.lastElementChild;
    if (item.level > current.level && last) {
      const list = page.createElement(item.ordered ? 'ol' : 'ul');
      last.append(list);
      current = { level: item.level, list };
      open.push(current);
    }
    current.list.append(entry(page, item.content));
  }
  return root;
}

function entry(page: Document, content: Node[]): Element {
  const made = page.createElement('li');
  const paragraph = page.createElement('p');
  paragraph.append(...content);
  const first = paragraph.firstChild;
  if (first?.nodeType === 3) first.textContent = (first.textContent ?? '').replace(/^[\s\u00a0]+/, '');
  made.append(paragraph);
  return made;
}
