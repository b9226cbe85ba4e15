/** A page one may not read does not exist. */
import { error } from '@sveltejs/kit';

export function asAdmin(session: { may: (action: string) => boolean }): void {
  if (!session.may('manage_people')) error(404, { message: 'not_found', code: 'not_found' });
}
