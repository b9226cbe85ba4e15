import { error } from '@sveltejs/kit';
import { api } from '#lib/api/client.ts';
import type { Validators } from '#lib/api/admin.ts';
import { orErrorPage } from '#lib/api/load.ts';

export async function load({ parent, depends }) {
  const { session } = await parent();
  // A page one may not read does not exist.
  if (!session.may('confirm_validator') && !session.may('manage_people')) error(404, { message: 'not_found', code: 'not_found' });
  depends('admin:validators');
  return { validators: await orErrorPage(api.get<Validators>('/api/validators')) };
}
