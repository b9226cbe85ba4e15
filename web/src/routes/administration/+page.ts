import { error } from '@sveltejs/kit';
import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { askLists } from '#lib/features/admin/admin.svelte.ts';
import type { LookSettings } from '#lib/features/admin/look.svelte.ts';

export async function load({ parent }) {
  const { session } = await parent();
  // A page one may not read does not exist.
  if (!session.may('manage_people')) error(404, { message: 'not_found', code: 'not_found' });
  const [lists, settings] = await orErrorPage(Promise.all([askLists(), api.get<LookSettings>('/api/programme/settings')]));
  return { lists, settings };
}
