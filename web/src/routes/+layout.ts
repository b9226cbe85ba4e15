import { redirect } from '@sveltejs/kit';
import { isOpen } from '#lib/api/return.ts';
import { orErrorPage } from '#lib/api/load.ts';
import { Session } from '#lib/api/session.svelte.ts';
import { fontsReady } from '#lib/theme/fonts.ts';

export const ssr = false;
export const prerender = false;

const session = new Session();

export async function load({ url }) {
  await Promise.all([orErrorPage(session.known()), fontsReady()]);
  if (!session.me && session.workspace?.ready && !isOpen(url.pathname)) {
    const back = url.pathname + url.search;
    redirect(307, back === '/' ? '/connexion' : `/connexion?retour=${encodeURIComponent(back)}`);
  }
  return { session };
}
