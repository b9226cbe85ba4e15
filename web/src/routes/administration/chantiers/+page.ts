import { api } from '#lib/api/client.ts';
import type { AdminChantiers } from '#lib/api/admin.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { asAdmin } from '#lib/features/admin/gate.ts';

export async function load({ parent, depends }) {
  asAdmin((await parent()).session);
  depends('admin:chantiers');
  return { list: await orErrorPage(api.get<AdminChantiers>('/api/administration/chantiers')) };
}
