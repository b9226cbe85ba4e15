/** Where to go back after signing in: only a page of this site, never an address given by someone else. */
export function safeReturn(wanted: string | null): string {
  if (!wanted || !wanted.startsWith('/') || wanted.startsWith('//') || wanted.includes('\\')) return '/';
  if (wanted.startsWith('/connexion')) return '/';
  return wanted;
}

/** Pages that need nobody signed in. */
const OPEN = ['/connexion', '/installation/', '/invitation/', '/accessibilite', '/aide', '/verifier', '/actions'];

export function isOpen(pathname: string): boolean {
  return OPEN.some((start) => pathname === start || pathname.startsWith(start.endsWith('/') ? start : start + '/'));
}
