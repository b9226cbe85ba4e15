/** One act on one proposal, from the question to the answer: what is possible, what is typed, what came of it. */
import { ApiProblem, api, path } from '#lib/api/client.ts';
import type { PossibleMove, Proposal, Transitions } from '#lib/api/shapes.ts';
import { placeOf, guardSentence } from '#lib/i18n/guards.ts';
import { fieldSentences, problemSentence } from '#lib/i18n/problems.ts';
import { euros } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { dropDraft, emptyDraft, isTouched, keepDraft, keptDraft, missingIn, requestOf, type Draft } from './draft.ts';
import { instantOf } from '#lib/i18n/paris.ts';

/** How the act ended: done by this person, asked for, declined, taken back. */
export type Ending = 'done' | 'asked' | 'declined' | 'cancelled';

/** Obstacles that the dialog itself lets one overcome. */
const GIVABLE: Readonly<Record<string, readonly string[]>> = { T02: ['porteur_missing', 'porteur_not_accepted'] };

export class Move {
  state = $state<'reading' | 'ready' | 'failed'>('reading');
  around = $state.raw<Transitions | null>(null);
  proposal = $state.raw<Proposal | null>(null);
  draft = $state<Draft>(emptyDraft());
  /** Whether what is in the form was typed earlier. */
  kept = $state(false);
  busy = $state(false);
  wrong = $state<string | null>(null);
  fields = $state.raw<Record<string, string>>({});
  /** What changed under the dialog: the stage, or something else; the form stays. */
  changed = $state<'stage' | 'other' | null>(null);

  readonly proposalId: string;
  readonly transition: string;
  #account: string;

  constructor(account: string, proposalId: string, transition: string) {
    this.#account = account;
    this.proposalId = proposalId;
    this.transition = transition;
    const kept = keptDraft(account, proposalId, transition);
    if (kept) this.draft = kept;
    this.kept = kept !== null;
  }

  get possible(): PossibleMove | null {
    return this.around?.transitions.find((each) => each.transition === this.transition) ?? null;
  }

  /** What stands against it beside what the form asks for. */
  get obstacles(): PossibleMove['obstacles'] {
    const givable = GIVABLE[this.transition] ?? [];
    return (this.possible?.obstacles ?? []).filter((obstacle) => !givable.includes(obstacle.code));
  }

  /** Whether the form may be sent. */
  get open(): boolean {
    return this.possible !== null && this.obstacles.length === 0;
  }

  /** Whether something is typed that would be missed. */
  get typed(): boolean {
    return isTouched(this.draft);
  }

  /** Done, and with it ended one's own right to read the proposal. */
  left = false;

  /** What the form asks for; an action that resumes is not looked at again on a day. */
  get needs(): string[] {
    const needs = this.possible?.needs ?? [];
    return this.proposal?.stage === 'suspended' ? needs.filter((need) => need !== 'review_on') : needs;
  }

  /** Reads how things stand; what is typed stays. */
  async read(): Promise<void> {
    try {
      const [around, proposal] = await Promise.all([
        api.get<Transitions>(path`/api/proposals/${this.proposalId}/transitions`),
        api.get<Proposal>(path`/api/proposals/${this.proposalId}`),
      ]);
      [this.around, this.proposal] = [around, proposal];
      if (this.needs.includes('porteur_id') && this.draft.porteur_id === '') this.draft.porteur_id = (proposal.porteur ?? proposal.owners[0]?.organisation)?.organisation_id ?? '';
      this.#prefill(around);
      this.state = 'ready';
    } catch (failure) {
      if (this.state !== 'ready') this.state = 'failed';
      this.wrong = problemSentence(failure);
    }
  }

  /** The direction already named, and the request as the ceiling; what was typed stays. */
  #prefill(around: Transitions): void {
    if (this.draft.lead_unit_id === '') this.draft.lead_unit_id = around.lead_unit_id ?? '';
    if (!this.needs.includes('ceilings')) return;
    for (const { code, year, amount_cents } of around.requested) this.draft.ceilings[`${code} ${year}`] ??= euros(amount_cents);
  }

  /** What is typed survives the dialog. */
  keep(): void {
    keepDraft(this.#account, this.proposalId, this.transition, $state.snapshot(this.draft) as Draft);
  }

  discard(): void {
    this.draft = emptyDraft();
    this.kept = false;
    this.fields = {};
    dropDraft(this.#account, this.proposalId, this.transition);
    void this.read();
  }

  /** Sends the act. The proposal as it is now and how it ended; `null` when it did not go through: the form says why. */
  async send(): Promise<{ proposal: Proposal; ending: Ending } | null> {
    if (this.busy || !this.around || !this.possible) return null;
    const needs = this.needs;
    const missing = missingIn(needs, this.draft, this.around.duplicates);
    this.fields = Object.fromEntries(Object.entries(missing).map(([field, code]) => [field, guardSentence(code) ?? m.field_required()]));
    this.wrong = null;
    if (Object.keys(missing).length > 0) return null;
    const asks = this.possible.asks;
    const answer = await this.#try(async () => {
      if (needs.includes('hearing') && this.draft.hearing === 'new') await this.#planMeeting();
      return api.post<Proposal>(path`/api/proposals/${this.proposalId}/transitions`, requestOf(this.transition, needs, this.draft, this.around?.version ?? 0));
    });
    return answer && { proposal: answer, ending: asks ? 'asked' : 'done' };
  }

  /** Declines what somebody else asked for. */
  async decline(): Promise<{ proposal: Proposal; ending: Ending } | null> {
    const answer = await this.#try(() => api.post<Proposal>(path`/api/proposals/${this.proposalId}/transitions/${this.transition}/refusal`));
    return answer && { proposal: answer, ending: 'declined' };
  }

  /** Takes back what was asked for. */
  async cancel(): Promise<{ proposal: Proposal; ending: Ending } | null> {
    const answer = await this.#try(() => api.delete<Proposal>(path`/api/proposals/${this.proposalId}/transitions/${this.transition}`));
    return answer && { proposal: answer, ending: 'cancelled' };
  }

  async #try(what: () => Promise<Proposal | undefined>): Promise<Proposal | null> {
    if (this.busy) return null;
    this.busy = true;
    this.wrong = null;
    this.keep();
    try {
      const proposal = await what();
      dropDraft(this.#account, this.proposalId, this.transition);
      this.left = proposal === undefined;
      return proposal ?? null;
    } catch (failure) {
      await this.#failed(failure);
      return null;
    } finally {
      this.busy = false;
    }
  }

  /** The meeting exists before the act: a second try takes it as it is. */
  async #planMeeting(): Promise<void> {
    const { title, day, time, mode, place } = this.draft.meeting;
    const chantier = this.proposal?.chantier.chantier_id ?? '';
    const planned = await api.post<{ meeting_id: string }>(path`/api/chantiers/${chantier}/meetings`, {
      title: title.trim() || m.move_meeting_default(),
      starts_at_ms: instantOf(day, time),
      duration_minutes: 120,
      mode,
      ...(place.trim() ? { place_name: place.trim() } : {}),
    });
    this.draft.hearing = planned.meeting_id;
    this.keep();
  }

  async #failed(failure: unknown): Promise<void> {
    if (failure instanceof ApiProblem && failure.status === 409 && failure.code === 'version_changed') {
      const before = this.proposal;
      await this.read();
      this.changed = before?.stage === this.proposal?.stage ? 'other' : 'stage';
      return;
    }
    this.fields = fieldSentences(failure);
    const place = failure instanceof ApiProblem ? placeOf(failure.code) : null;
    const sentence = problemSentence(failure);
    if (place && (this.needs.includes(place) || place === 'porteur_id')) this.fields = { ...this.fields, [place]: sentence };
    else this.wrong = sentence;
    // A right or a guard: the dialog shows how things stand now.
    if (failure instanceof ApiProblem && failure.status === 403) await this.read();
  }
}
