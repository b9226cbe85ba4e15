import type { PublicList, UpcomingList } from '#lib/api/action.ts';
import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';

export async function load() {
  const [first, upcoming] = await orErrorPage(Promise.all([api.get<PublicList>('/api/public/actions'), api.get<UpcomingList>('/api/public/proposals')]));
  return { first, upcoming };
}
