/** Contrast of two colours as WCAG 2.2 computes it, and what a Region's own colours become in the dark. */

export type Rgb = { r: number; g: number; b: number };

/** Text must reach this against its background. */
export const TEXT_RATIO = 4.5;
/** Text of documents must reach this. */
export const DOCUMENT_RATIO = 7;

/** `#rrggbb` as three numbers from 0 to 255; null when it is not a colour. */
export function parse(hex: string): Rgb | null {
  const found = /^#?([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex.trim());
  if (!found) return null;
  const [r, g, b] = found.slice(1).map((pair) => Number.parseInt(pair, 16)) as [number, number, number];
  return { r, g, b };
}

export function format({ r, g, b }: Rgb): string {
  return '#' + [r, g, b].map((one) => Math.round(one).toString(16).padStart(2, '0')).join('');
}

function linear(channel: number): number {
  const part = channel / 255;
  return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
}

export function luminance({ r, g, b }: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** The ratio of two colours, 1 to 21; 1 when one of them is not a colour. */
export function contrast(one: string, other: string): number {
  const [a, b] = [parse(one), parse(other)];
  if (!a || !b) return 1;
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** `share` of `one`, the rest of `other`. */
export function mix(one: string, other: string, share: number): string {
  const [a, b] = [parse(one), parse(other)];
  if (!a || !b) return one;
  const part = (x: number, y: number) => x * share + y * (1 - share);
  return format({ r: part(a.r, b.r), g: part(a.g, b.g), b: part(a.b, b.b) });
}

/** The same colour, lightened until it can be read on every one of `grounds`. */
export function lightened(colour: string, grounds: string[], ratio = TEXT_RATIO): string {
  for (let share = 1; share > 0; share -= 0.05) {
    const tried = mix(colour, '#ffffff', share);
    if (grounds.every((ground) => contrast(tried, ground) >= ratio)) return tried;
  }
  return '#ffffff';
}

/** The same colour, darkened until it can be read on every one of `grounds`. */
export function darkened(colour: string, grounds: string[], ratio = TEXT_RATIO): string {
  for (let share = 1; share > 0; share -= 0.05) {
    const tried = mix(colour, '#000000', share);
    if (grounds.every((ground) => contrast(tried, ground) >= ratio)) return tried;
  }
  return '#000000';
}
