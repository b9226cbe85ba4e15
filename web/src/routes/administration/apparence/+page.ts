import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { asAdmin } from '#lib/features/admin/gate.ts';
import type { LookSettings } from '#lib/features/admin/look.svelte.ts';

export async function load({ parent }) {
  asAdmin((await parent()).session);
  return { settings: await orErrorPage(api.get<LookSettings>('/api/programme/settings')) };
}
