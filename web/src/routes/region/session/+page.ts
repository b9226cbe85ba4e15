import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { DecisionSheet, RegionDesk } from '#lib/api/region.ts';
import { sessionsOf } from '#lib/features/region/desk.ts';

export async function load({ url }) {
  const desk = await orErrorPage(api.get<RegionDesk>('/api/region/desk'));
  const sessions = sessionsOf(desk.files);
  const on = url.searchParams.get('le') ?? sessions[0] ?? '';
  const files = desk.files.filter((file) => file.session_on === on && file.status !== 'decided');
  const sheets = await Promise.all(files.map((file) => orErrorPage(api.get<DecisionSheet>(path`/api/proposals/${file.proposal_id}/decision`))));
  return { on, sessions, files: files.map((file, at) => ({ file, sheet: sheets[at] as DecisionSheet })) };
}
