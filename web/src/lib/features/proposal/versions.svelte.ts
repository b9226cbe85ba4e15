/** The sealed versions of a proposal; one that is being sealed is asked again until it is. */
import { api, path } from '#lib/api/client.ts';
import type { Version, Versions as Answer } from '#lib/api/shapes.ts';
import { problemSentence } from '#lib/i18n/problems.ts';

/** How long until a version that is being sealed is asked again: it takes about a second. */
const AGAIN_MS = 1500;

export class Versions {
  /** Newest first. */
  list = $state.raw<Version[]>([]);
  loading = $state.raw(true);
  failed = $state.raw<string | null>(null);
  /** The version that was just sealed while the page was open, to be said aloud. */
  settled = $state.raw<Version | null>(null);
  readonly #proposal: string;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ended = false;

  constructor(proposal: string) {
    this.#proposal = proposal;
  }

  async read(): Promise<void> {
    this.#cancel();
    this.failed = null;
    try {
      const { versions } = await api.get<Answer>(path`/api/proposals/${this.#proposal}/versions`);
      const waited = new Set(this.list.filter((one) => one.sealed_at_ms === null).map((one) => one.version_id));
      this.settled = versions.find((one) => one.sealed_at_ms !== null && waited.has(one.version_id)) ?? this.settled;
      this.list = [...versions].reverse();
      if (!this.#ended && this.list.some((one) => one.sealed_at_ms === null)) this.#timer = setTimeout(() => void this.read(), AGAIN_MS);
    } catch (failure) {
      this.failed = problemSentence(failure);
    } finally {
      this.loading = false;
    }
  }

  /** Asks no more. */
  end(): void {
    this.#ended = true;
    this.#cancel();
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** The addresses of a version's files. */
export const pageOf = (version: Version): string => path`/api/versions/${`${version.version_id}.html`}`;
export const fileOf = (version: Version): string => path`/api/versions/${`${version.version_id}.json`}`;
