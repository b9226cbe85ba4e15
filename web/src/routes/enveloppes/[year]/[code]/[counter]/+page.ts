import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { Chantier, EnvelopeLines } from '#lib/api/shapes.ts';

export async function load({ params }) {
  const [found, { chantiers }] = await orErrorPage(
    Promise.all([api.get<EnvelopeLines>(path`/api/envelopes/${params.code}/${params.year}/${params.counter}`), api.get<{ chantiers: Chantier[] }>('/api/chantiers')]),
  );
  return { ...params, found, chantiers };
}
