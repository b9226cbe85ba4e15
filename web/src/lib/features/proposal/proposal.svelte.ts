/** A proposal on its page: read again quietly when it changed, and the acts one does on it. */
import { api, path } from '#lib/api/client.ts';
import type { Opinions, Person, Proposal, SheetPage, Transitions } from '#lib/api/shapes.ts';

/** A proposal with what may be done to it and the opinions on it; null where they could not be read. */
export type Known = { proposal: Proposal; moves: Transitions | null; opinions: Opinions | null };

/** Stages at which the commission's opinion is being made, or answered. */
const OPINION_STAGES = ['frozen', 'opinion_given'];

/** What stands around a proposal. Failures leave it out: its own page goes on without it. */
export async function readAround(proposal: Proposal, anyRound = proposal.round > 1): Promise<Pick<Known, 'moves' | 'opinions'>> {
  const id = proposal.proposal_id;
  const hasOpinions = anyRound || OPINION_STAGES.includes(proposal.stage) || proposal.history.some((act) => act.act === 'T10' || act.act === 'T11');
  const [moves, opinions] = await Promise.all([
    api.get<Transitions>(path`/api/proposals/${id}/transitions`).catch(() => null),
    hasOpinions ? api.get<Opinions>(path`/api/proposals/${id}/opinions`).catch(() => null) : null,
  ]);
  return { moves, opinions };
}

export class ProposalState {
  now = $state.raw<Proposal>() as Proposal;
  moves = $state.raw<Transitions | null>(null);
  opinions = $state.raw<Opinions | null>(null);
  #reading: Promise<void> | null = null;
  #looking: Promise<void> | null = null;
  #again = false;
  #stale = false;

  constructor(known: Known) {
    this.now = known.proposal;
    this.moves = known.moves;
    this.opinions = known.opinions;
  }

  /** What an act answered with: the proposal as it is now; what stands around it is read again. */
  take(proposal: Proposal): void {
    if (proposal.version >= this.now.version) this.now = proposal;
    void this.lookAround();
  }

  /** The opinions as an act answered with them. */
  takeOpinions(opinions: Opinions): void {
    this.opinions = opinions;
    void this.lookAround();
  }

  /** Reads again what may be done and the opinions; somebody who asks meanwhile gets another reading. */
  lookAround(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return this.#looking;
    }
    this.#looking = this.#look().finally(() => (this.#looking = null));
    return this.#looking;
  }

  async #look(): Promise<void> {
    do {
      this.#again = false;
      const { moves, opinions } = await readAround(this.now);
      if (moves) this.moves = moves;
      if (opinions) this.opinions = opinions;
    } while (this.#again);
  }

  /** Reads it again; the page changes only where something changed. Failures are left for later. Who asks meanwhile gets another reading. */
  refresh(): Promise<void> {
    if (this.#reading) {
      this.#stale = true;
      return this.#reading;
    }
    this.#reading = this.#readUntilFresh().finally(() => (this.#reading = null));
    return this.#reading;
  }

  async #readUntilFresh(): Promise<void> {
    do {
      this.#stale = false;
      await this.#read();
    } while (this.#stale);
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
      await this.lookAround();
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
