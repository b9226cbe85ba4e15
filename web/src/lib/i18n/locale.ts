/** The language of the interface: French, or English when the person prefers it. */
import { getLocale, setLocale, type Locale } from '#lib/paraglide/runtime.js';

export type { Locale } from '#lib/paraglide/runtime.js';
export const LOCALES: readonly Locale[] = ['fr', 'en'];

export function locale(): Locale {
  return getLocale();
}

/** Changes the language and shows the page again in it. */
export function chooseLocale(wanted: Locale): void {
  if (wanted === getLocale()) return;
  document.documentElement.lang = wanted;
  void setLocale(wanted);
}

/** Takes the language of an account that just signed in, without showing the page again. */
export function adoptLocale(wanted: string | null): void {
  const known = LOCALES.find((one) => one === wanted);
  if (!known || known === getLocale()) return;
  void setLocale(known, { reload: false });
  document.documentElement.lang = known;
}
