/** The committee's table as the secretary works through it: one form open, what is typed kept, one receipt each. */
import { ApiProblem, api, path } from '#lib/api/client.ts';
import type { CopilFile, CopilTable, Proposal } from '#lib/api/shapes.ts';
import { isoDay } from '#lib/i18n/paris.ts';
import { fieldSentences, problemSentence } from '#lib/i18n/problems.ts';
import { placeOf as fieldOf } from '#lib/i18n/guards.ts';
import { m } from '#lib/paraglide/messages.js';
import { keep, kept } from '#lib/ui/kept.ts';
import { ceilingsOf, formOf, isTouched, missingIn, requestOf, type Chosen, type Form } from './form.ts';
import { sumsOf, yearsOf, type Sum } from './sums.ts';

/** The choice of a day instead of one of our sessions. */
export const OTHER = 'other';

export class Arbitrations {
  table = $state.raw<CopilTable>() as CopilTable;
  /** A session's id, or `OTHER`. */
  session = $state('');
  day = $state('');
  /** The file whose form is unfolded. */
  open = $state<string | null>(null);
  form = $state<Form | null>(null);
  /** Whether what is in the form was typed earlier. */
  kept = $state(false);
  busy = $state(false);
  wrong = $state<string | null>(null);
  /** What was typed about a file that somebody else dealt with. */
  typed = $state<string | null>(null);
  fields = $state.raw<Record<string, string>>({});
  #account: string;

  constructor(account: string, table: CopilTable) {
    this.#account = account;
    this.table = table;
    this.day = isoDay(Date.now());
    this.session = table.past_sessions[0]?.meeting_id ?? OTHER;
  }

  get chosen(): Chosen {
    return this.session === OTHER ? { arbitrated_on: this.day } : { session_id: this.session };
  }

  /** The arbitrations of the chosen session. */
  get recorded(): CopilTable['recorded'] {
    const chosen = this.chosen;
    return this.table.recorded.filter((one) => ('session_id' in chosen ? one.meeting_id === chosen.session_id : one.meeting_id === null && one.arbitrated_on === chosen.arbitrated_on));
  }

  get sums(): Sum[] {
    const draft = this.form?.advice === 'retained' ? ceilingsOf(this.form) : [];
    const years = yearsOf([...this.table.files.flatMap((file) => file.requested), ...this.recorded.flatMap((one) => one.ceilings)], new Date().getFullYear());
    return sumsOf(this.table.envelopes, this.recorded, draft).filter((one) => years.includes(one.year));
  }

  /** News of the table: the open form stays; a file that left or changed says so. */
  take(table: CopilTable): void {
    const left = this.open === null ? undefined : this.table.files.find((one) => one.proposal_id === this.open);
    this.table = table;
    if (!left || this.busy) return;
    const now = table.files.find((one) => one.proposal_id === left.proposal_id);
    if (!now) this.#left(left);
    else if (now.version !== left.version) this.wrong = m.copil_version_changed();
  }

  /** Somebody else dealt with the file under one's hands: its form goes, its words stay to be read. */
  #left(file: CopilFile): void {
    const typed = this.form ? [this.form.motive, this.form.points].map((text) => text.trim()).filter(Boolean).join('\n') : '';
    this.fold();
    keep(this.#key(file.proposal_id), null);
    this.wrong = m.copil_left_stage({ title: file.title });
    this.typed = typed || null;
  }

  unfold(file: CopilFile): void {
    this.fold();
    const before = kept<Form>(this.#key(file.proposal_id));
    this.form = { ...formOf(file), ...before };
    this.kept = before !== null;
    this.open = file.proposal_id;
  }

  /** What is typed survives the fold, a reload and a failure. */
  keep(): void {
    const file = this.table.files.find((one) => one.proposal_id === this.open);
    if (file && this.form) keep(this.#key(file.proposal_id), isTouched(this.form, file) ? $state.snapshot(this.form) : null);
  }

  fold(): void {
    this.keep();
    [this.open, this.form, this.kept, this.wrong, this.fields, this.typed] = [null, null, false, null, {}, null];
  }

  discard(file: CopilFile): void {
    keep(this.#key(file.proposal_id), null);
    this.form = formOf(file);
    this.kept = false;
    this.fields = {};
  }

  /** Records it; the file that comes next, `null` without one, `undefined` when it did not go through. */
  async record(file: CopilFile): Promise<string | null | undefined> {
    const form = this.form;
    if (this.busy || !form) return undefined;
    this.wrong = null;
    this.fields = missingIn(form, file);
    if (Object.keys(this.fields).length > 0) return undefined;
    this.busy = true;
    this.keep();
    try {
      await api.post<Proposal>(path`/api/proposals/${file.proposal_id}/transitions`, requestOf(form, file.version, this.chosen));
      keep(this.#key(file.proposal_id), null);
      const next = this.#after(file.proposal_id, form.advice === 'reserve_list');
      [this.open, this.form, this.kept, this.fields] = [null, null, false, {}];
      await this.#reread();
      return next;
    } catch (failure) {
      await this.#failed(failure, file);
      return undefined;
    } finally {
      this.busy = false;
    }
  }

  /** Kept in reserve, a file stays in the list: the next one is the one below it. */
  #after(id: string, stays: boolean): string | null {
    const ids = this.table.files.filter((one) => one.may_arbitrate).map((one) => one.proposal_id);
    const at = ids.indexOf(id);
    const next = ids[at + 1] ?? ids[0] ?? null;
    return next === id && !stays ? null : next;
  }

  async #reread(): Promise<void> {
    try {
      this.table = await api.get<CopilTable>('/api/copil/table');
    } catch {
      // Recorded all the same: the table is asked for again within seconds.
    }
  }

  async #failed(failure: unknown, file: CopilFile): Promise<void> {
    if (failure instanceof ApiProblem && (failure.code === 'version_changed' || failure.code === 'stage')) {
      await this.#reread();
      if (this.table.files.some((one) => one.proposal_id === file.proposal_id)) this.wrong = m.copil_version_changed();
      else this.#left(file);
      return;
    }
    this.fields = fieldSentences(failure);
    const field = failure instanceof ApiProblem ? fieldOf(failure.code) : null;
    if (field && field !== 'ceilings') this.fields = { ...this.fields, [field]: problemSentence(failure) };
    else this.wrong = this.fields.session_id ?? this.fields.arbitrated_on ?? problemSentence(failure);
  }

  #key(proposal: string): string {
    return `chantier.copil.${this.#account}.${proposal}`;
  }
}
