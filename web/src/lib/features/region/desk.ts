/** The Region's desk as one looks at it: which files are shown, kept in the page's address. */
import type { RegionFile } from '#lib/api/region.ts';

export type DeskWanted = { lead: string; status: string; mine: boolean; text: string };

export const wantedOf = (query: URLSearchParams): DeskWanted => ({ lead: query.get('direction') ?? '', status: query.get('etat') ?? '', mine: query.has('mien'), text: query.get('texte') ?? '' });

export function queryOf(wanted: DeskWanted): string {
  const query = new URLSearchParams();
  if (wanted.lead) query.set('direction', wanted.lead);
  if (wanted.status) query.set('etat', wanted.status);
  if (wanted.mine) query.set('mien', '1');
  if (wanted.text) query.set('texte', wanted.text);
  return query.size > 0 ? `?${query}` : '';
}

/** What the server is asked with. */
export const askedOf = ({ lead, status, mine, text }: DeskWanted): Record<string, string | boolean> => ({ ...(lead && { lead }), ...(status && { status }), ...(mine && { mine }), ...(text && { text }) });

/** Without a state asked for, what is decided is left out. */
export const shownOf = (files: readonly RegionFile[], wanted: DeskWanted): readonly RegionFile[] => (wanted.status === '' ? files.filter((file) => file.status !== 'decided') : files);

/** The sessions files are scheduled for, the next first. */
export const sessionsOf = (files: readonly RegionFile[]): string[] => [...new Set(files.flatMap((file) => (file.session_on && file.status !== 'decided' ? [file.session_on] : [])))].sort();
