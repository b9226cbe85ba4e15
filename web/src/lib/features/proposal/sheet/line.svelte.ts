/**
 * One row (or part) being edited: what was typed stays until it is saved or given up, whatever others do
 * meanwhile. A row of somebody else's that touches other fields is joined; one that touches the same fields
 * is a conflict, with both values.
 */
import { FIELDS, type Place } from './fields.ts';
import { blank, copy, differing, rowOf, same, typedOf, type Known, type Row, type Typed } from './values.ts';

/** `incomplete`: something is still to be filled before it can be saved; `failed`: see `code`. */
export type LineState = 'saved' | 'typing' | 'incomplete' | 'saving' | 'failed' | 'conflict';

/** Codes that do not tell whether the server kept what was sent. */
const LOST = new Set(['offline', 'unexpected', 'internal', 'storage_unavailable']);

export class Line {
  readonly id: string;
  readonly place: Place;
  typed = $state<Typed>({});
  /** What the server holds, as it would stand in the form; `null` while it does not know the row. */
  base = $state.raw<Typed | null>(null);
  version = $state(0);
  state = $state<LineState>('saved');
  /** Whether it was saved from this page: the word "Enregistré" is for what one did. */
  saidSaved = $state(false);
  /** Why it is not saved, when the state is `failed`: the server's code. */
  code = $state<string | null>(null);
  /** What is wrong, by field: codes. */
  wrong = $state.raw<Record<string, string>>({});
  /** What somebody else wrote in the same fields; `null` row when they took the row out. */
  theirs = $state.raw<{ by: string | null; known: Known | null; typed: Typed | null } | null>(null);
  /** Left while it was being saved: what was typed meanwhile goes after. */
  wanted = false;
  /** What the first try to add the row sent: the server may have kept it although its answer was lost. */
  first: Typed | null = null;
  /** Taken out by somebody else while nothing was typed here: to be dropped. */
  gone = $state(false);
  #start: Typed;

  constructor(place: Place, known: Known | string) {
    this.place = place;
    this.id = typeof known === 'string' ? known : known.id;
    this.#start = blank(place);
    if (typeof known === 'string') this.typed = blank(place);
    else this.#take(known);
  }

  /** Whether something stands here that the server does not have. */
  get dirty(): boolean {
    return differing(this.typed, this.base ?? this.#start).length > 0;
  }

  /** A row nobody filled yet: nothing to save, nothing to lose. */
  get untouched(): boolean {
    return this.base === null && !this.dirty;
  }

  /** Whether leaving the page would lose something. */
  get unsaved(): boolean {
    return this.dirty || this.state === 'conflict';
  }

  /** A key was pressed. */
  touched(name: string): void {
    if (this.state !== 'conflict' && this.state !== 'saving') this.state = this.dirty ? 'typing' : 'saved';
    this.saidSaved = false;
    if (this.wrong[name]) this.wrong = Object.fromEntries(Object.entries(this.wrong).filter(([field]) => field !== name));
  }

  /** Puts back what the server holds. */
  restore(): void {
    this.typed = copy(this.base ?? this.#start);
    if (this.theirs?.known) this.#take(this.theirs.known);
    if (this.theirs && this.theirs.known === null) this.gone = true;
    this.theirs = null;
    this.wrong = {};
    this.code = null;
    this.state = 'saved';
  }

  /** What to send now, or `null` when there is nothing, or something is missing first. */
  begin(): { row: Row; typed: Typed } | null {
    this.wanted = this.state === 'saving';
    if (this.state === 'saving' || this.state === 'conflict' || !this.dirty) return null;
    const typed = copy(this.typed);
    const { row, wrong } = rowOf(this.place, typed);
    this.wrong = wrong;
    if (Object.keys(wrong).length > 0) {
      this.state = 'incomplete';
      return null;
    }
    this.state = 'saving';
    this.code = null;
    if (this.base === null) this.first ??= typed;
    return { row, typed: this.base === null ? (this.first ?? typed) : typed };
  }

  /** The server kept what was sent. */
  saved(sent: Typed, known: Known): void {
    const since = differing(this.typed, sent);
    const now = typedOf(this.place, known.row);
    this.first = null;
    this.base = now;
    this.version = known.version;
    // What was typed while it was on its way stays; the rest stands as the server tidied it.
    for (const name of Object.keys(now)) if (!since.includes(name)) this.typed[name] = copy(now[name]!);
    this.state = this.dirty ? 'typing' : 'saved';
    this.saidSaved = !this.dirty;
    this.wrong = {};
    this.code = null;
  }

  /** The server did not keep it; what was typed stays. */
  failed(code: string, wrong: Record<string, string> = {}): void {
    this.code = code;
    this.wrong = wrong;
    this.state = 'failed';
    if (!LOST.has(code)) this.first = null;
  }

  /** What an earlier visit typed, upon what the server held then; what it holds now is joined after. */
  takeBack(kept: { typed: Typed; base: Typed | null; version: number }): void {
    // A row the server knows by now although its answer never came: mine stands upon it.
    if (kept.base !== null || this.base === null) {
      this.base = kept.base && { ...copy(this.#start), ...kept.base };
      this.version = kept.version;
    }
    this.typed = { ...copy(this.#start), ...kept.typed };
    this.state = this.dirty ? 'typing' : 'saved';
  }

  /** What the server holds now; `null` when it is there no more. */
  receive(known: Known | null): void {
    if (this.state === 'saving') return;
    if (known === null) this.#lost();
    else if (known.version > this.version || this.base === null) this.#join(known);
  }

  /** Keeps mine over theirs: it is sent upon their state. */
  keepMine(): void {
    const theirs = this.theirs;
    if (!theirs) return;
    this.theirs = null;
    if (theirs.known && theirs.typed) {
      const mine = differing(this.typed, this.base ?? this.#start);
      for (const name of Object.keys(theirs.typed)) if (!mine.includes(name)) this.typed[name] = copy(theirs.typed[name]!);
      this.base = theirs.typed;
      this.version = theirs.known.version;
    } else {
      // They took it out: mine is a row again, a new one for the server.
      this.base = null;
      this.version = 0;
    }
    this.state = 'typing';
  }

  /** Takes theirs; mine is given up. */
  takeTheirs(): void {
    const theirs = this.theirs;
    this.theirs = null;
    if (theirs?.known) this.#take(theirs.known);
    else this.gone = true;
    this.state = 'saved';
    this.wrong = {};
    this.code = null;
  }

  /** The fields in which mine and theirs differ, for the page to show side by side. */
  get disputed(): string[] {
    const typed = this.theirs?.typed;
    const names = FIELDS[this.place].map((field) => field.name);
    return typed ? differing(this.typed, typed).filter((name) => names.includes(name)) : [];
  }

  #join(known: Known): void {
    const theirs = typedOf(this.place, known.row);
    const mine = this.base === null ? [] : differing(this.typed, this.base);
    const changed = this.base === null ? [] : differing(theirs, this.base);
    const both = mine.filter((name) => changed.includes(name) && !same(this.typed[name], theirs[name]));
    if (both.length > 0) {
      this.theirs = { by: known.by, known, typed: theirs };
      this.state = 'conflict';
      return;
    }
    for (const name of Object.keys(theirs)) if (!mine.includes(name)) this.typed[name] = copy(theirs[name]!);
    this.base = theirs;
    this.version = known.version;
    if (!this.dirty) {
      this.state = 'saved';
      this.wrong = {};
    }
  }

  #lost(): void {
    if (this.base === null) return;
    if (!this.dirty) {
      this.gone = true;
      return;
    }
    this.theirs = { by: null, known: null, typed: null };
    this.state = 'conflict';
  }

  #take(known: Known): void {
    this.base = typedOf(this.place, known.row);
    this.typed = copy(this.base);
    this.version = known.version;
  }
}
