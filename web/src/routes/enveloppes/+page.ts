import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Envelopes } from '#lib/api/shapes.ts';

export async function load() {
  return await orErrorPage(api.get<Envelopes>('/api/envelopes'));
}
