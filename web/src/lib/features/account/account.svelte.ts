/** One's own account: sessions, password, tokens. */
import { api, path } from '#lib/api/client.ts';
import type { NewToken, SessionRow, TokenRow } from '#lib/api/shapes.ts';

export class Account {
  sessions = $state.raw<SessionRow[]>([]);
  tokens = $state.raw<TokenRow[]>([]);
  /** The token just made: its value is shown once. */
  fresh = $state.raw<NewToken | null>(null);

  constructor(sessions: SessionRow[], tokens: TokenRow[]) {
    this.sessions = sessions;
    this.tokens = tokens;
  }

  async endSession(session: SessionRow): Promise<void> {
    await api.delete(path`/api/sessions/${session.session_id}`);
    this.sessions = this.sessions.filter((one) => one.session_id !== session.session_id);
  }

  async changePassword(current_password: string, new_password: string): Promise<void> {
    await api.put<void>('/api/me/password', { current_password, new_password });
    this.sessions = this.sessions.filter((one) => one.current);
  }

  async createToken(label: string, days: number | null): Promise<void> {
    const made = await api.post<NewToken>('/api/tokens', { label, expires_in_days: days });
    this.fresh = made;
    const { token: _shownOnce, ...row } = made;
    this.tokens = [{ ...row, used_at_ms: null }, ...this.tokens];
  }

  async revokeToken(token: TokenRow): Promise<void> {
    await api.delete(path`/api/tokens/${token.token_id}`);
    this.tokens = this.tokens.filter((one) => one.token_id !== token.token_id);
    if (this.fresh?.token_id === token.token_id) this.fresh = null;
  }
}

/** `Firefox, Linux` out of what a browser says of itself; null when nothing is known of it. */
export function device(agent: string | null): string | null {
  if (!agent) return null;
  const browsers: [RegExp, string][] = [[/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']];
  const systems: [RegExp, string][] = [[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux']];
  const named = (list: [RegExp, string][]) => list.find(([sign]) => sign.test(agent))?.[1];
  const words = [named(browsers), named(systems)].filter(Boolean).join(', ');
  return words || agent.slice(0, 40);
}
