// @vitest-environment happy-dom
import { expect, test } from 'vitest';

import { markGone } from './past-html.ts';

test('a paragraph that stood is not gone because one of its words was struck out', () => {
  expect(markGone('<p>Les <del>vieux</del> ports</p>')).toBe('<p>Les <del>vieux</del> ports</p>');
  expect(markGone('<p><ins>Neuf</ins><del>Vieux</del></p>')).not.toContain('gone');
  expect(markGone('<p></p><p>Sans rien</p>')).not.toContain('gone');
});

test('a block of which every word went is gone, with the list around it', () => {
  expect(markGone('<p><del>Tout</del> <del><strong>entier</strong></del></p>')).toContain('<p class="gone">');
  expect(markGone('<ul><li><p><del>un</del></p></li></ul>')).toBe('<ul class="gone"><li class="gone"><p class="gone"><del>un</del></p></li></ul>');
  expect(markGone('<ul><li><p><del>un</del></p></li><li><p>deux</p></li></ul>')).toBe('<ul><li class="gone"><p class="gone"><del>un</del></p></li><li><p>deux</p></li></ul>');
});
