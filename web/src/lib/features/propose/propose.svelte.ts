/** Proposing an idea: write, look at the nearest proposals, create. Nothing typed is lost on the way. */
import { api } from '#lib/api/client.ts';
import type { Neighbour, Proposal } from '#lib/api/shapes.ts';
import { fieldSentences, problemSentence } from '#lib/i18n/problems.ts';
import { m } from '#lib/paraglide/messages.js';
import { SUMMARY, TITLE, counter, dropDraft, keepDraft, keptDraft, length } from './draft.ts';

type Server = {
  neighbours: (title: string, summary: string) => Promise<{ neighbours: Neighbour[] }>;
  create: (body: { title: string; summary: string; chantier_id: string; neighbours_shown: boolean }) => Promise<Proposal>;
};

const SERVER: Server = {
  neighbours: (title, summary) => api.get('/api/proposals/neighbours', { query: { title, summary } }),
  create: (body) => api.post('/api/proposals', body),
};

export class Propose {
  title = $state('');
  summary = $state('');
  step = $state<'write' | 'near'>('write');
  neighbours = $state.raw<Neighbour[]>([]);
  wrong = $state<Record<string, string>>({});
  refused = $state<string | null>(null);
  busy = $state(false);
  /** Whether what is in the fields was found in this browser. */
  found = $state(false);
  counter = $derived(counter(this.summary));
  #account: string;
  #chantier: string;
  #server: Server;

  constructor(account: string, chantier: string, server: Server = SERVER) {
    this.#account = account;
    this.#chantier = chantier;
    this.#server = server;
    const kept = keptDraft(account, chantier);
    if (!kept) return;
    [this.title, this.summary, this.found] = [kept.title, kept.summary, true];
  }

  typed(): void {
    keepDraft(this.#account, this.#chantier, { title: this.title, summary: this.summary });
  }

  forget(): void {
    [this.title, this.summary, this.found] = ['', '', false];
    dropDraft(this.#account, this.#chantier);
  }

  /** Checks what was written, then asks which proposals are near. */
  async look(): Promise<void> {
    if (this.busy || !this.#check()) return;
    await this.#try(async () => {
      this.neighbours = (await this.#server.neighbours(this.title.trim(), this.summary.trim())).neighbours;
      this.step = 'near';
    });
  }

  /** Creates the idea; null when it could not be, with everything kept. */
  async create(): Promise<Proposal | null> {
    if (this.busy) return null;
    let created: Proposal | null = null;
    await this.#try(async () => {
      created = await this.#server.create({
        title: this.title.trim(),
        summary: this.summary.trim(),
        chantier_id: this.#chantier,
        neighbours_shown: true,
      });
      dropDraft(this.#account, this.#chantier);
    });
    return created;
  }

  async #try(run: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.refused = null;
    try {
      await run();
    } catch (failure) {
      this.wrong = fieldSentences(failure);
      if (Object.keys(this.wrong).length > 0) this.step = 'write';
      this.refused = problemSentence(failure);
    } finally {
      this.busy = false;
    }
  }

  #check(): boolean {
    const wrong: Record<string, string> = {};
    if (length(this.title) < TITLE.min) wrong.title = this.title.trim() ? m.field_too_short() : m.field_required();
    if (length(this.title) > TITLE.max) wrong.title = m.field_too_long();
    if (length(this.summary) < SUMMARY.min || length(this.summary) > SUMMARY.max) wrong.summary = m.propose_summary_hint();
    this.wrong = wrong;
    return Object.keys(wrong).length === 0;
  }
}
