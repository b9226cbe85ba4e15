import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Desk } from '#lib/api/shapes.ts';

export async function load() {
  return { desk: await orErrorPage(api.get<Desk>('/api/desk')) };
}
