/** A proposal on its page: read again quietly when it changed, and the acts one does on it. */
import { api, path } from '#lib/api/client.ts';
import type { Person, Proposal, SheetPage } from '#lib/api/shapes.ts';

export class ProposalState {
  now = $state.raw<Proposal>() as Proposal;
  #reading: Promise<void> | null = null;

  constructor(proposal: Proposal) {
    this.now = proposal;
  }

  /** Reads it again; the page changes only where something changed. Failures are left for later. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = null));
    return this.#reading;
  }

  /** Reads it again until its text has reached this position: the server reads a text some seconds after the last edit. */
  async refreshUntil(seq: number, tries = 5, pauseMs = 2_000): Promise<void> {
    await this.refresh();
    for (let tried = 1; tried < tries && this.now.text_seq < seq; tried += 1) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      await this.refresh();
    }
  }

  async #read(): Promise<void> {
    try {
      const read = await api.get<Proposal>(path`/api/proposals/${this.now.proposal_id}`);
      const same = read.version === this.now.version && read.text_seq === this.now.text_seq && read.history.length === this.now.history.length;
      const lacks = (proposal: Proposal): string => JSON.stringify(proposal.lacks);
      if (!same || read.may.join() !== this.now.may.join() || lacks(read) !== lacks(this.now)) this.now = read;
    } catch {
      // Offline, or no longer readable: what is on the page stays until it is opened again.
    }
  }

  /** The structured sections as they are now: read apart, with each row that is saved. */
  takeSheet({ sheet, lacks, porteur, porteur_accepted_at_ms }: SheetPage): void {
    const { now } = this;
    const news = { sheet, lacks, porteur, porteur_accepted_at_ms, co_porteurs: sheet.owner.co_porteurs };
    if (JSON.stringify(news) === JSON.stringify({ sheet: now.sheet, lacks: now.lacks, porteur: now.porteur, porteur_accepted_at_ms: now.porteur_accepted_at_ms, co_porteurs: now.co_porteurs })) return;
    this.now = { ...now, ...news };
    // Whoever answered for the porteur stands in the history.
    if (now.porteur_accepted_at_ms !== porteur_accepted_at_ms || now.sheet.porteur_declined_at_ms !== sheet.porteur_declined_at_ms) void this.refresh();
  }

  /** T02. */
  async start(porteur: string): Promise<void> {
    this.now = await api.post<Proposal>(path`/api/proposals/${this.now.proposal_id}/transitions`, {
      transition: 'T02',
      expected_version: this.now.version,
      ...(porteur === '' ? {} : { porteur_id: porteur }),
    });
  }

  /** T03. */
  async deposit(): Promise<void> {
    await this.#move({ transition: 'T03' });
  }

  /** T05. */
  async askCompletion(asked: { reason: string; points: string[]; due_on: string }): Promise<void> {
    await this.#move({ transition: 'T05', ...asked });
  }

  async #move(move: Record<string, unknown>): Promise<void> {
    try {
      this.now = await api.post<Proposal>(path`/api/proposals/${this.now.proposal_id}/transitions`, { expected_version: this.now.version, ...move });
    } catch (failure) {
      // What the page shows is behind: it says so, and shows how things stand.
      void this.refresh();
      throw failure;
    }
  }

  async candidates(): Promise<Person[]> {
    const { people } = await api.get<{ people: Person[] }>(path`/api/proposals/${this.now.proposal_id}/contributor_candidates`);
    return people;
  }

  async invite(people: Person[]): Promise<void> {
    await api.post(path`/api/proposals/${this.now.proposal_id}/contributors`, { person_ids: people.map((person) => person.person_id) });
    await this.#reread();
  }

  async uninvite(person: Person): Promise<void> {
    await api.delete(path`/api/proposals/${this.now.proposal_id}/contributors/${person.person_id}`);
    await this.#reread();
  }

  /** Title and summary as they are on the server, for a conflict. */
  async saved(): Promise<Proposal> {
    return api.get<Proposal>(path`/api/proposals/${this.now.proposal_id}`);
  }

  async rename(title: string, summary: string, expected_version: number): Promise<void> {
    this.now = await api.patch<Proposal>(path`/api/proposals/${this.now.proposal_id}`, { title, summary, expected_version });
  }

  async #reread(): Promise<void> {
    this.now = await this.saved();
  }
}
