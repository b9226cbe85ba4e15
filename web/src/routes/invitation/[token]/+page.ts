import { api, path } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { LinkPage } from '#lib/api/shapes.ts';
import { opened } from '#lib/features/setup/link.ts';

export async function load({ params }) {
  return { token: params.token, link: await orErrorPage(opened(api.get<LinkPage>(path`/api/links/${params.token}`))) };
}
