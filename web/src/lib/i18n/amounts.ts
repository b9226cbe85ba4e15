/** Amounts and decimals as people type them: integer cents and hundredths, or `null` where it is no number. */

/** `112 000,50`, `112000.5 €`, `112.000,50`: the last comma or point with one or two digits is decimal. */
export function parseCents(typed: string): number | null {
  return parseHundredths(typed.replace(/€|eur(os?)?/gi, ''));
}

/** `2,5` is 250. */
export function parseHundredths(typed: string): number | null {
  const bare = typed.replace(/[\s\u00a0\u202f']/g, '');
  const parts = /^(\d{1,3}(?:([.,])\d{3})+|\d+)(?:([.,])(\d{1,2}))?$/.exec(bare);
  if (!parts || (parts[2] && parts[2] === parts[3])) return null;
  const whole = (parts[1] ?? '').replace(/[.,]/g, '');
  const value = Number(whole) * 100 + Number((parts[4] ?? '').padEnd(2, '0'));
  return Number.isSafeInteger(value) ? value : null;
}
