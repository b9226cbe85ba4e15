/** The marked text of a moment, prepared for being shown without its marks. */

const BLOCKS = 'p, li, ul, ol, h2, h3, h4, h5, h6, blockquote, tr, table';

/**
 * Gives each block of which every word was deleted the class `gone`: without the marks it is not
 * there. A block where words still stand is not, whatever else was struck out beside them.
 */
export function markGone(html: string): string {
  const template = document.createElement('template');
  template.innerHTML = html;
  for (const block of template.content.querySelectorAll(BLOCKS)) {
    if (block.querySelector('del') === null) continue;
    const standing = block.cloneNode(true) as Element;
    for (const deleted of standing.querySelectorAll('del')) deleted.remove();
    if ((standing.textContent ?? '').trim() === '' && standing.querySelector('hr') === null) block.classList.add('gone');
  }
  return template.innerHTML;
}
