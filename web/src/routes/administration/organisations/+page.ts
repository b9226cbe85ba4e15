import { api } from '#lib/api/client.ts';
import type { OrganisationPage } from '#lib/api/admin.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { College } from '#lib/api/shapes.ts';
import { asAdmin } from '#lib/features/admin/gate.ts';

export async function load({ parent }) {
  asAdmin((await parent()).session);
  const [first, { colleges }, { chantiers }] = await orErrorPage(
    Promise.all([
      api.get<OrganisationPage>('/api/administration/organisations'),
      api.get<{ colleges: College[] }>('/api/colleges'),
      api.get<{ chantiers: { chantier_id: string; title: string }[] }>('/api/chantiers'),
    ]),
  );
  return { first, colleges, chantiers };
}
