import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { CardPage } from '#lib/api/shapes.ts';

const LONGEST = 200;

export async function load({ url }) {
  const text = (url.searchParams.get('texte') ?? '').trim().slice(0, LONGEST);
  if (!text) return { text, found: null };
  return { text, found: await orErrorPage(api.get<CardPage>('/api/proposals', { query: { text, limit: 50 } })) };
}
