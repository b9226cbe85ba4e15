import { api } from '#lib/api/client.ts';
import type { JournalPage } from '#lib/api/admin.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { asAdmin } from '#lib/features/admin/gate.ts';

export async function load({ parent }) {
  asAdmin((await parent()).session);
  return { first: await orErrorPage(api.get<JournalPage>('/api/administration/journal')) };
}
