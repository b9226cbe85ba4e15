/** One's own edits that came too late: read from the server, on whatever device one is. */
import { ApiProblem, api, path } from '#lib/api/client.ts';
import type { LateContribution, LateDifference } from '#lib/api/shapes.ts';

export class LateEdits {
  /** What waits for a decision, each with what it would change. */
  waiting = $state.raw<LateDifference[]>([]);
  /** Whether something waits that could not be read. */
  failed = $state(false);
  #document: string;
  #turn = 0;

  constructor(document: string) {
    this.#document = document;
  }

  /** Reads them again. */
  async read(): Promise<void> {
    const turn = ++this.#turn;
    let some = this.waiting.length > 0 || this.failed;
    try {
      const { contributions } = await api.get<{ contributions: LateContribution[] }>(path`/api/documents/${this.#document}/late-contributions`);
      some = contributions.length > 0;
      const read = await Promise.all(contributions.map((each) => this.#difference(each.contribution_id)));
      if (turn !== this.#turn) return;
      this.waiting = read.filter((each) => each !== null);
      this.failed = false;
    } catch (failure) {
      // Offline, or no longer readable: what is shown stays. Who has no late edits is told nothing.
      if (turn === this.#turn) this.failed = some && failure instanceof ApiProblem && failure.status >= 500;
    }
  }

  /** `null` when it was decided meanwhile, or reached the text. */
  async #difference(id: string): Promise<LateDifference | null> {
    try {
      return await api.get<LateDifference>(path`/api/documents/${this.#document}/late-contributions/${id}`);
    } catch (failure) {
      if (failure instanceof ApiProblem && failure.status === 404) return null;
      throw failure;
    }
  }

  async discard(id: string): Promise<void> {
    await api.post(path`/api/documents/${this.#document}/late-contributions/${id}/discard`, {});
    this.waiting = this.waiting.filter((each) => each.contribution_id !== id);
  }
}

/** The words added, section by section, to be taken elsewhere. */
export function addedText(difference: Pick<LateDifference, 'sections'>, title: (key: string) => string): string {
  return difference.sections
    .map(({ key, passages }) => {
      const added = passages.flatMap(({ parts }) => parts.filter((part) => part.kind === 'inserted').map((part) => part.text.trim()));
      return added.length > 0 ? `${title(key)}\n${added.join('\n')}` : '';
    })
    .filter((words) => words !== '')
    .join('\n\n');
}
