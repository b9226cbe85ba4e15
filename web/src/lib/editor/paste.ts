/**
 * What is pasted from Word, LibreOffice, a mail or a page, as plain markup of our schema: paragraphs,
 * headings 2 to 4, lists, quotes, tables, rules, bold, italic and safe links. Everything else is
 * unwrapped to its words; nothing of the other program's styles or comments comes along.
 */
import { listOf, wordList, type WordItem } from './paste-list';
import { safeAddress } from './link';

const DROPPED = new Set(
  'script style meta link title head xml noscript template iframe object embed svg img picture video audio canvas input button select textarea colgroup col'.split(' '),
);
const BLOCKS = new Set(
  'p h1 h2 h3 h4 h5 h6 ul ol li blockquote table tbody thead tfoot tr td th hr div section article header footer main aside dl dd dt pre figure figcaption address center caption'.split(' '),
);
const RENAMED: Record<string, string> = {
  h1: 'h2', h2: 'h2', h3: 'h3', h4: 'h4', h5: 'h4', h6: 'h4',
  b: 'strong', strong: 'strong', i: 'em', em: 'em',
  p: 'p', pre: 'p', dt: 'p', dd: 'p', figcaption: 'p', caption: 'p', address: 'p',
  ul: 'ul', ol: 'ol', li: 'li', blockquote: 'blockquote', br: 'br', hr: 'hr',
  table: 'table', thead: 'tbody', tbody: 'tbody', tfoot: 'tbody', tr: 'tr', td: 'td', th: 'th',
};

/** Cleans pasted markup. */
export function cleanPasted(html: string): string {
  const page = new DOMParser().parseFromString(unconditional(html), 'text/html');
  const out = page.createElement('div');
  out.append(...new Cleaner(page).children(page.body));
  // The schema takes what is empty (`loose.ts`); nobody could type there.
  for (const empty of out.querySelectorAll('li:empty, td:empty, th:empty, blockquote:empty')) empty.append(page.createElement('p'));
  for (const empty of out.querySelectorAll('ul:empty, ol:empty, table:not(:has(tr))')) empty.remove();
  return out.innerHTML;
}

/** Word hides list markers behind `<![if !supportLists]>`: the marks go, what they hold stays. */
function unconditional(html: string): string {
  return html
    .replace(/<!--\[if [^\]]*\]>[\s\S]*?<!\[endif\]-->/gi, '')
    .replace(/<!--\[if [^\]]*\]-->|<!--\[endif\]-->/gi, '')
    .replace(/<!\[(?:if [^\]]*|endif)\]>/gi, '');
}

class Cleaner {
  #page: Document;

  constructor(page: Document) {
    this.#page = page;
  }

  /** The children of an element, cleaned; runs of Word's list paragraphs become lists. */
  children(parent: Element): Node[] {
    const out: Node[] = [];
    let items: WordItem[] = [];
    const flush = (): void => {
      if (items.length > 0) out.push(listOf(this.#page, items));
      items = [];
    };
    for (const child of [...parent.childNodes]) {
      const item = child.nodeType === 1 ? wordList(child as Element) : null;
      if (item) {
        items.push({ ...item, content: this.children(child as Element) });
        continue;
      }
      if (items.length > 0 && child.nodeType === 3 && blank(child.textContent)) continue;
      flush();
      out.push(...this.node(child));
    }
    flush();
    return out;
  }

  /** One node, cleaned: none, itself, or what it held. */
  node(node: Node): Node[] {
    if (node.nodeType === 3) return [this.#page.createTextNode(spaced(node.textContent ?? ''))];
    if (node.nodeType !== 1) return [];
    const element = node as Element;
    const tag = element.localName;
    const style = element.getAttribute('style') ?? '';
    if (DROPPED.has(tag) || /mso-list:\s*ignore/i.test(style) || /display:\s*none/i.test(style)) return [];
    if (/mso-element:\s*(?:comment|footnote|endnote|header|footer)/i.test(style)) return [];
    if (/\bMsoComment|\bmsocom/i.test(element.className)) return [];
    if (tag === 'o:p' && blank(element.textContent)) return [];
    const held = this.children(element);
    if (tag === 'a') return this.#link(element, held);
    if (tag === 'div' || tag === 'center') return this.#division(element, held);
    const name = heading(element) ?? RENAMED[tag];
    if (!name) return styled(this.#page, style, held);
    if (name === 'strong' && /(?:^|;)\s*font-weight:\s*(?:normal|400)/i.test(style)) return held;
    if (name === 'em' && /(?:^|;)\s*font-style:\s*normal/i.test(style)) return held;
    return this.#element(name, element, style, held);
  }

  #element(name: string, from: Element, style: string, held: Node[]): Node[] {
    if ((name === 'p' || /^h\d$/.test(name)) && blankNodes(held)) return [];
    const made = this.#page.createElement(name);
    if (name === 'p') {
      made.append(...styled(this.#page, style, held));
      return hasBlocks(made) ? [...made.childNodes] : [made];
    }
    made.append(...held);
    if (name === 'td' || name === 'th') {
      for (const span of ['colspan', 'rowspan']) {
        const value = Number(from.getAttribute(span));
        if (Number.isInteger(value) && value > 1 && value <= 100) made.setAttribute(span, String(value));
      }
    }
    if (name === 'tbody' && from.localName === 'thead') headed(this.#page, made);
    return [made];
  }

  #link(element: Element, held: Node[]): Node[] {
    const href = safeAddress(element.getAttribute('href') ?? '');
    if (href === null || blankNodes(held)) return held;
    const made = this.#page.createElement('a');
    made.setAttribute('href', href);
    made.append(...held);
    return [made];
  }

  /** A division of words alone is a paragraph; one of blocks is only its blocks. */
  #division(element: Element, held: Node[]): Node[] {
    const made = this.#page.createElement('p');
    made.append(...held);
    if (hasBlocks(made)) return [...made.childNodes];
    return blank(made.textContent) ? [] : [...this.#element('p', element, '', held)];
  }
}

/** Word's own heading styles, on what is only a paragraph in the clipboard. */
function heading(element: Element): string | null {
  if (element.localName !== 'p') return null;
  if (/\bMsoTitle\b/.test(element.className)) return 'h2';
  const level = /\bMsoHeading([1-9])\b/.exec(element.className)?.[1];
  const outline = /mso-outline-level:\s*([1-9])/i.exec(element.getAttribute('style') ?? '')?.[1];
  const found = Number(level ?? outline ?? 0);
  return found === 0 ? null : `h${Math.min(Math.max(found, 2), 4)}`;
}

/** Bold and italic said by a style become marks. */
function styled(page: Document, style: string, held: Node[]): Node[] {
  let out = held;
  const wrap = (name: string): void => {
    if (blankNodes(out)) return;
    const made = page.createElement(name);
    made.append(...out);
    out = hasBlocks(made) ? [...made.childNodes] : [made];
  };
  if (/(?:^|;)\s*font-style:\s*(?:italic|oblique)/i.test(style)) wrap('em');
  if (/(?:^|;)\s*font-weight:\s*(?:bold|[6-9]00)/i.test(style)) wrap('strong');
  return out;
}

function headed(page: Document, body: Element): void {
  for (const cell of [...body.querySelectorAll('td')]) {
    const made = page.createElement('th');
    for (const { name, value } of [...cell.attributes]) made.setAttribute(name, value);
    made.append(...cell.childNodes);
    cell.replaceWith(made);
  }
}

function hasBlocks(element: Element): boolean {
  return [...element.querySelectorAll('*')].some((each) => BLOCKS.has(each.localName));
}

function blankNodes(nodes: Node[]): boolean {
  return nodes.every((node) => node.nodeName !== 'HR' && blank(node.textContent));
}

const blank = (words: string | null): boolean => (words ?? '').replace(/[\s\u00a0]/g, '') === '';

/** Lines wrapped by the other program are one line; runs of its hard spaces are one space. */
function spaced(words: string): string {
  return words.replace(/[ \t\r\n]+/g, ' ').replace(/[ \u00a0]*\u00a0[ \u00a0]+|[ ]+\u00a0/g, ' ');
}
