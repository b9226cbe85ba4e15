/** A Region's two colours, given to the page; what they become in the dark is computed. */
import { darkened, lightened, mix, parse } from './contrast.ts';

const LIGHT_GROUNDS = ['#ffffff', '#fcfbf8', '#f4f1ea'];
const DARK_GROUNDS = ['#14171b', '#1c2026', '#101317'];

/** The custom properties a Region's colours set; nothing for a colour that is missing or unreadable. */
export function regionProperties(accent: string | null, second: string | null): Record<string, string> {
  const set: Record<string, string> = {};
  if (accent && parse(accent)) {
    const [light, dark] = [darkened(accent, LIGHT_GROUNDS), lightened(accent, DARK_GROUNDS, 5.5)];
    set['--accent'] = `light-dark(${light}, ${dark})`;
    const washes = [mix(light, '#ffffff', 0.09), mix(dark, '#1c2026', 0.12)];
    set['--accent-wash'] = `light-dark(${washes[0]}, ${washes[1]})`;
  }
  if (second && parse(second)) {
    const dark = lightened(second, DARK_GROUNDS, 5.5);
    set['--second'] = `light-dark(${second}, ${dark})`;
    set['--second-text'] = `light-dark(${darkened(second, LIGHT_GROUNDS, 5)}, ${dark})`;
    set['--second-wash'] = `light-dark(${mix(second, '#ffffff', 0.1)}, ${mix(dark, '#1c2026', 0.12)})`;
  }
  return set;
}

const OURS = ['--accent', '--accent-wash', '--second', '--second-text', '--second-wash'];

/** Dresses the page in the Region's colours, or takes them off. */
export function applyRegion(accent: string | null, second: string | null): void {
  const set = regionProperties(accent, second);
  for (const name of OURS) {
    const value = set[name];
    if (value) document.documentElement.style.setProperty(name, value);
    else document.documentElement.style.removeProperty(name);
  }
}
