// What every page must pass: axe without a violation, no sideways scrolling, one heading of level one,
// a language, a title, and keyboard focus that is always visible and never trapped.

import assert from 'node:assert/strict';
import { AxeBuilder } from '../../support/packages.mjs';

/** axe over the page as it stands. */
export async function accessible(page, where) {
  // A bar that stays in place covers part of what is scrolled under it, which axe would take for a small target.
  await page.evaluate(() => scrollTo(0, 0));
  // Colours on their way from one look to the other are neither.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished)));
  const result = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  const told = result.violations.map((violation) => `${violation.id}: ${violation.help}\n    ${violation.nodes.map((node) => `${node.target.join(' ')} - ${node.failureSummary?.replaceAll('\n', ' ')}`).join('\n    ')}`);
  assert.equal(told.length, 0, `${where}:\n  ${told.join('\n  ')}`);
}

/** What axe does not look at. */
export async function wellMade(page, where) {
  const found = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    headings: document.querySelectorAll('h1').length,
    language: document.documentElement.lang,
    title: document.title.trim(),
    mains: document.querySelectorAll('main').length
  }));
  assert.ok(found.wide <= 0, `${where}: scrolls sideways by ${found.wide} px`);
  assert.equal(found.headings, 1, `${where}: one heading of level one`);
  assert.match(found.language, /^(fr|en)/, `${where}: a language`);
  assert.notEqual(found.title, '', `${where}: a title`);
  assert.equal(found.mains, 1, `${where}: one main part`);
}

/**
 * Walks the page with Tab. Every stop shows its focus and has a name; the walk comes to the end of the page.
 * Returns the names of the stops, in order.
 */
export async function keyboardWalk(page, where, { limit = 200 } = {}) {
  await page.evaluate(() => {
    document.activeElement?.blur?.();
    scrollTo(0, 0);
  });
  const stops = [];
  const seen = new Set();
  for (let count = 0; count < limit; count += 1) {
    await page.keyboard.press('Tab');
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return null;
      window.__walk ??= new Map();
      if (!window.__walk.has(element)) window.__walk.set(element, window.__walk.size);
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      const ring = (looked) => (looked.outlineStyle !== 'none' && parseFloat(looked.outlineWidth) > 0) || looked.boxShadow !== 'none';
      return {
        id: window.__walk.get(element),
        name: element.getAttribute('aria-label') || element.innerText?.trim() || element.getAttribute('title') || element.labels?.[0]?.innerText?.trim() || element.getAttribute('aria-labelledby') || '',
        tag: element.tagName.toLowerCase(),
        ring: ring(style) || (element.parentElement ? ring(getComputedStyle(element.parentElement)) : false),
        visible: box.width > 0 && box.height > 0
      };
    });
    if (stop === null || seen.has(stop.id)) break;
    seen.add(stop.id);
    assert.ok(stop.visible, `${where}: the focus is on something invisible, ${stop.tag} "${stop.name}"`);
    assert.ok(stop.ring, `${where}: the focus does not show on ${stop.tag} "${stop.name}"`);
    assert.notEqual(stop.name, '', `${where}: ${stop.tag} has no name`);
    stops.push(stop.name);
  }
  assert.ok(stops.length < limit, `${where}: the keyboard never comes to an end`);
  return stops;
}
