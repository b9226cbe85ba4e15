import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DOCUMENT_RATIO, TEXT_RATIO, contrast, darkened, lightened, parse } from './contrast.ts';
import { regionProperties } from './region.ts';

type Pair = { light: string; dark: string };
const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const tokens: Record<string, Pair> = Object.fromEntries(
  [...css.matchAll(/--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [name, { light, dark }]),
);
const token = (name: string): Pair => {
  const found = tokens[name];
  if (!found) throw new Error(`no colour --${name}`);
  return found;
};

const WASHES = ['accent-wash', 'second-wash', 'positive-wash', 'caution-wash', 'danger-wash'];
const GROUNDS = ['paper', 'surface', 'sunken'];
const TEXTS: [text: string, ground: string, ratio: number][] = [
  ...GROUNDS.map((ground): [string, string, number] => ['ink', ground, DOCUMENT_RATIO]),
  ...WASHES.map((ground): [string, string, number] => ['ink', ground, DOCUMENT_RATIO]),
  ...['quiet', 'accent', 'second-text', 'positive', 'caution', 'danger'].flatMap((text) => GROUNDS.map((ground): [string, string, number] => [text, ground, TEXT_RATIO])),
  ['accent', 'accent-wash', TEXT_RATIO],
  ['quiet', 'accent-wash', TEXT_RATIO],
  ['second-text', 'second-wash', TEXT_RATIO],
  ['positive', 'positive-wash', TEXT_RATIO],
  ['caution', 'caution-wash', TEXT_RATIO],
  ['danger', 'danger-wash', TEXT_RATIO],
  ['accent-ink', 'accent', TEXT_RATIO],
  ['paper', 'ink', TEXT_RATIO],
];

test.each(TEXTS)('%s on %s reaches %f to 1 in light and in dark', (text, ground, ratio) => {
  for (const scheme of ['light', 'dark'] as const) {
    expect(contrast(token(text)[scheme], token(ground)[scheme]), scheme).toBeGreaterThanOrEqual(ratio);
  }
});

test.each(['line-strong', 'accent', 'second', 'danger'])('the edge of a field or a mark, %s, reaches 3 to 1', (edge) => {
  for (const scheme of ['light', 'dark'] as const) {
    for (const ground of GROUNDS) expect(contrast(token(edge)[scheme], token(ground)[scheme]), `${scheme} on ${ground}`).toBeGreaterThanOrEqual(3);
  }
});

const mixed = (one: string, other: string, share: number): string => {
  const [a, b] = [parse(one), parse(other)];
  if (!a || !b) throw new Error('no colour');
  const part = (key: 'r' | 'g' | 'b') => Math.round(a[key] * share + b[key] * (1 - share)).toString(16).padStart(2, '0');
  return `#${part('r')}${part('g')}${part('b')}`;
};

test.each([...'abcdefgh'])("an organisation's colour, --org-%s, shows beside text and leaves the text readable", (letter) => {
  for (const scheme of ['light', 'dark'] as const) {
    const colour = token(`org-${letter}`)[scheme];
    expect(contrast(colour, token('paper')[scheme]), scheme).toBeGreaterThanOrEqual(3);
    // The wash under the passage that is looked at, the strongest there is (passages.css).
    expect(contrast(token('ink')[scheme], mixed(colour, token('paper')[scheme], 0.22)), scheme).toBeGreaterThanOrEqual(DOCUMENT_RATIO);
  }
});

test('contrast is that of the standard', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  expect(contrast('not a colour', '#ffffff')).toBe(1);
  expect(parse('#14508C')).toEqual({ r: 20, g: 80, b: 140 });
  expect(parse('#fff')).toBeNull();
});

test.each(['#14508c', '#7a1f4d', '#00573f', '#5b2a86', '#a01010', '#ffd400'])("a Region's colour %s stays readable in light and in dark", (colour) => {
  const set = regionProperties(colour, colour);
  for (const name of ['--accent', '--second-text']) {
    const [, light, dark] = /light-dark\((#\w+), (#\w+)\)/.exec(set[name] ?? '') ?? [];
    for (const ground of GROUNDS) {
      expect(contrast(light ?? '', token(ground).light)).toBeGreaterThanOrEqual(TEXT_RATIO);
      expect(contrast(dark ?? '', token(ground).dark)).toBeGreaterThanOrEqual(TEXT_RATIO);
    }
  }
  const [, light, dark] = /light-dark\((#\w+), (#\w+)\)/.exec(set['--accent'] ?? '') ?? [];
  expect(contrast('#ffffff', light ?? '')).toBeGreaterThanOrEqual(TEXT_RATIO);
  expect(contrast(token('accent-ink').dark, dark ?? '')).toBeGreaterThanOrEqual(TEXT_RATIO);
});

test('a colour that is missing or broken changes nothing', () => {
  expect(regionProperties(null, 'red')).toEqual({});
  expect(lightened('#000000', ['#000000'])).not.toBe('#000000');
  expect(darkened('#ffffff', ['#ffffff'])).not.toBe('#ffffff');
});
