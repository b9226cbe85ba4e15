import { orErrorPage } from '#lib/api/load.ts';
import { askLists } from '#lib/features/admin/admin.svelte.ts';
import { asAdmin } from '#lib/features/admin/gate.ts';

export async function load({ parent }) {
  asAdmin((await parent()).session);
  return { lists: await orErrorPage(askLists()) };
}
