/** Who is signed in, and the workspace they are in. Created by the root layout, given by context. */
import { getContext, setContext } from 'svelte';
import { ApiProblem, api } from './client.ts';
import type { Me, Workspace } from './shapes.ts';

type Asks = { workspace: () => Promise<Workspace>; me: () => Promise<Me> };

const SERVER: Asks = {
  workspace: () => api.get<Workspace>('/api/workspace'),
  me: () => api.get<Me>('/api/me'),
};

export class Session {
  me = $state.raw<Me | null>(null);
  workspace = $state.raw<Workspace | null>(null);
  #asks: Asks;
  #known: Promise<void> | null = null;

  constructor(asks: Asks = SERVER) {
    this.#asks = asks;
  }

  /** Asks the server once; a failure is forgotten, so that the next call asks again. */
  known(): Promise<void> {
    this.#known ??= this.#ask().catch((failure: unknown) => {
      this.#known = null;
      throw failure;
    });
    return this.#known;
  }

  async #ask(): Promise<void> {
    const [workspace, me] = await Promise.all([this.#asks.workspace(), this.#askMe()]);
    this.workspace = workspace;
    this.me = me;
  }

  async #askMe(): Promise<Me | null> {
    try {
      return await this.#asks.me();
    } catch (failure) {
      if (failure instanceof ApiProblem && failure.status === 401) return null;
      throw failure;
    }
  }

  /** Someone signed in, accepted an invitation or finished the set-up. */
  begin(me: Me): void {
    this.me = me;
  }

  /** Signed out here, or ended by the server. */
  end(): void {
    this.me = null;
  }

  /** The workspace or the person changed: the next answer replaces what is known. */
  async refresh(): Promise<void> {
    this.#known = null;
    await this.known();
  }

  may(action: string): boolean {
    return this.me?.may.includes(action) ?? false;
  }
}

const KEY = Symbol('session');

export function giveSession(session: Session): Session {
  return setContext(KEY, session);
}

export function takeSession(): Session {
  return getContext<Session>(KEY);
}
