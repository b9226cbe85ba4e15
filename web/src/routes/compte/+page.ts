import { api } from '#lib/api/client.ts';
import { orErrorPage } from '#lib/api/load.ts';
import type { SessionRow, TokenRow } from '#lib/api/shapes.ts';
import { Account } from '#lib/features/account/account.svelte.ts';

export async function load() {
  const [{ sessions }, { tokens }] = await orErrorPage(
    Promise.all([api.get<{ sessions: SessionRow[] }>('/api/sessions'), api.get<{ tokens: TokenRow[] }>('/api/tokens')]),
  );
  return { account: new Account(sessions, tokens) };
}
