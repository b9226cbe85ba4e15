import { api } from '#lib/api/client.ts';
import type { AdminProgramme } from '#lib/api/admin.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { asAdmin } from '#lib/features/admin/gate.ts';

export async function load({ parent, depends }) {
  asAdmin((await parent()).session);
  depends('admin:programme');
  return { programme: await orErrorPage(api.get<AdminProgramme>('/api/administration/programme')) };
}
