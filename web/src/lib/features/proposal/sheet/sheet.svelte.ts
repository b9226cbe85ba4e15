/**
 * The structured sections being edited: one line a row or part, saved when it is left, tried again when the
 * network is back, joined with what others save. The page shows `lines`, reading mode shows the proposal.
 */
import type { SheetPage } from '#lib/api/shapes.ts';
import { ApiProblem } from '#lib/api/problem.ts';
import type { PartName, Place, RowSection } from './fields.ts';
import { unsavedIn, type KeptLine } from './kept.svelte.ts';
import { Line } from './line.svelte.ts';
import { PARTS, ROW_SECTIONS, copy, partOf, rowsOf, type Known, type Row } from './values.ts';

/** How the server is asked; answers are the whole sheet. */
export interface Sender {
  read(): Promise<SheetPage>;
  add(section: RowSection, row_id: string, place: number | null, row: Row): Promise<SheetPage>;
  change(section: RowSection, row_id: string, expected_version: number, row: Row): Promise<SheetPage>;
  part(part: PartName, expected_version: number, row: Row): Promise<SheetPage>;
  remove(section: RowSection, row_id: string, expected_version: number): Promise<SheetPage>;
  move(section: RowSection, row_id: string, place: number): Promise<SheetPage>;
}

/** `told` hears the sheet of each answer, `refused` that a right is gone. */
type Options = { sender: Sender; told: (page: SheetPage) => void; refused?: () => void; id?: () => string; retryMs?: number };

/** Codes after which the same may pass later. */
const AGAIN = new Set(['offline', 'storage_unavailable', 'internal', 'unexpected', 'unauthenticated', 'reading_unavailable']);
const RETRY_MS = 5_000;

export class SheetState {
  rows = $state.raw<Record<RowSection, Line[]>>(Object.fromEntries(ROW_SECTIONS.map((section) => [section, []])) as never);
  parts: Record<PartName, Line>;
  page = $state.raw<SheetPage>() as SheetPage;
  #options: Options;
  #last: Promise<unknown> = Promise.resolve();
  #reading: Promise<void> | null = null;
  #again = false;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ended = false;

  constructor(page: SheetPage, options: Options) {
    this.#options = options;
    this.parts = Object.fromEntries(PARTS.map((part) => [part, new Line(part, partOf(page, part))])) as Record<PartName, Line>;
    this.receive(page);
  }

  /** All lines of rows and parts. */
  get all(): Line[] {
    return [...Object.values(this.parts), ...ROW_SECTIONS.flatMap((section) => this.rows[section])];
  }

  /** How many lines hold something the server does not have. */
  get unsaved(): number {
    return this.all.filter((line) => line.unsaved).length;
  }

  /** What the server holds now: joined into each line, without touching what is being typed. */
  receive(page: SheetPage): void {
    this.page = page;
    const rows = { ...this.rows };
    for (const section of ROW_SECTIONS) rows[section] = this.#joined(section, rowsOf(page.sheet, section));
    this.rows = rows;
    for (const part of PARTS) this.parts[part].receive(partOf(page, part));
  }

  /** What is unsaved, to be kept beside the page. */
  get kept(): KeptLine[] {
    return unsavedIn(this.all, (line) => (isRows(line.place) ? this.rows[line.place].indexOf(line) : 0));
  }

  /** Puts back what an earlier visit typed, upon what the server holds now; answers how many lines. */
  takeBack(kept: readonly KeptLine[]): number {
    const before = this.unsaved;
    for (const each of kept) {
      if (isRows(each.place)) this.#takeRow(each.place, each);
      else if ((PARTS as readonly string[]).includes(each.place)) this.parts[each.place as PartName].takeBack(each);
    }
    this.receive(this.page);
    return this.unsaved - before;
  }

  #takeRow(section: RowSection, kept: KeptLine): void {
    let line = this.rows[section].find((one) => one.id === kept.id);
    if (!line) {
      line = new Line(section, kept.id);
      this.rows = { ...this.rows, [section]: this.rows[section].toSpliced(kept.at, 0, line) };
    }
    line.takeBack(kept);
  }

  /** Reads the sheet again; asked while it is read, once more after. */
  async refresh(): Promise<void> {
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#read().finally(() => (this.#reading = null));
    await this.#reading;
    if (this.#again) {
      this.#again = false;
      await this.refresh();
    }
  }

  /** A new row, here only until something is typed and left. */
  add(section: RowSection): Line {
    const open = this.rows[section].find((line) => line.untouched);
    if (open) return open;
    const line = new Line(section, (this.#options.id ?? newId)());
    const last = this.rows[section].at(-1);
    for (const name of ['year', 'effect_year']) if (last && typeof last.typed[name] === 'string' && name in line.typed) line.typed[name] = last.typed[name];
    this.rows = { ...this.rows, [section]: [...this.rows[section], line] };
    return line;
  }

  /** Saves a line; answers whether the server has all of it. */
  async save(line: Line): Promise<boolean> {
    const sent = line.begin();
    if (!sent) return !line.unsaved;
    try {
      const page = await this.#inTurn(() => this.#send(line, sent.row));
      const known = this.#knownIn(page, line);
      if (known) line.saved(sent.typed, known);
      this.#answered(page);
    } catch (failure) {
      this.#failed(line, failure);
      return false;
    }
    // Typed on while it was on its way, and left since.
    return line.wanted && line.dirty ? this.save(line) : !line.unsaved;
  }

  /** Saves all that can be. */
  async saveAll(): Promise<boolean> {
    await Promise.all(this.all.filter((line) => line.dirty).map((line) => this.save(line)));
    return this.unsaved === 0;
  }

  /** Takes a row out; what brings it back, or `null` when it could not be taken out. */
  async remove(section: RowSection, line: Line): Promise<(() => Promise<void>) | null> {
    const place = this.rows[section].indexOf(line) + 1;
    if (line.base === null) {
      this.#drop(section, line);
      return null;
    }
    const typed = copy(line.base);
    try {
      this.#answered(await this.#inTurn(() => this.#options.sender.remove(section, line.id, line.version)));
      this.#drop(section, line);
    } catch (failure) {
      this.#failed(line, failure);
      return null;
    }
    return async () => {
      const back = new Line(section, (this.#options.id ?? newId)());
      back.typed = typed;
      this.rows = { ...this.rows, [section]: this.rows[section].toSpliced(place - 1, 0, back) };
      await this.save(back);
    };
  }

  /** Moves a row by so many places. */
  async move(section: RowSection, line: Line, by: number): Promise<void> {
    const from = this.rows[section].indexOf(line);
    const to = Math.min(Math.max(from + by, 0), this.rows[section].length - 1);
    if (to === from) return;
    const before = this.rows;
    this.rows = { ...before, [section]: before[section].toSpliced(from, 1).toSpliced(to, 0, line) };
    if (line.base === null) return;
    try {
      this.#answered(await this.#inTurn(() => this.#options.sender.move(section, line.id, to + 1)));
    } catch (failure) {
      this.rows = before;
      this.#failed(line, failure);
    }
  }

  /** Rows nobody filled are forgotten. */
  tidy(): void {
    const rows = { ...this.rows };
    for (const section of ROW_SECTIONS) rows[section] = rows[section].filter((line) => !line.untouched);
    this.rows = rows;
  }

  /** Gives a line up: what the server holds stands. */
  giveUp(section: RowSection | null, line: Line): void {
    line.restore();
    if (section && (line.base === null || line.gone)) this.#drop(section, line);
  }

  /** Gives up everything that is not saved. */
  giveUpAll(): void {
    for (const line of this.all.filter((one) => one.unsaved)) this.giveUp(isRows(line.place) ? line.place : null, line);
  }

  /** Tries again at once what failed for a while. */
  retry(): void {
    for (const line of this.all) if (line.state === 'failed' && AGAIN.has(line.code ?? '')) void this.save(line);
  }

  end(): void {
    this.#ended = true;
    if (this.#timer) clearTimeout(this.#timer);
  }

  #joined(section: RowSection, known: Known[]): Line[] {
    const mine = this.rows[section];
    const found = known.map((each) => {
      const line = mine.find((one) => one.id === each.id);
      line?.receive(each);
      return line ?? new Line(section, each);
    });
    const away = mine.filter((line) => !found.includes(line));
    for (const line of away) line.receive(null);
    // What only this page has stays where it stood.
    for (const line of away.filter((one) => !one.gone)) found.splice(mine.indexOf(line), 0, line);
    return found;
  }

  #drop(section: RowSection, line: Line): void {
    this.rows = { ...this.rows, [section]: this.rows[section].filter((one) => one !== line) };
  }

  /** One request after the other: an answer that was overtaken would show an older sheet. */
  #inTurn<T>(ask: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(ask, ask);
    this.#last = turn;
    return turn;
  }

  #send(line: Line, row: Row): Promise<SheetPage> {
    const { sender } = this.#options;
    const place = line.place;
    if (!isRows(place)) return sender.part(place, line.version, row);
    if (line.base !== null) return sender.change(place, line.id, line.version, row);
    const at = this.rows[place].indexOf(line) + 1;
    return sender.add(place, line.id, at === this.rows[place].length ? null : at, row);
  }

  #knownIn(page: SheetPage, line: Line): Known | null {
    const place = line.place;
    if (!isRows(place)) return partOf(page, place);
    return rowsOf(page.sheet, place).find((known) => known.id === line.id) ?? null;
  }

  /** An answer that came another way. */
  hear(page: SheetPage): void {
    this.#answered(page);
  }

  #answered(page: SheetPage): void {
    this.receive(page);
    this.#options.told(page);
  }

  #failed(line: Line, failure: unknown): void {
    const code = failure instanceof ApiProblem ? failure.code : 'internal';
    line.failed(code, failure instanceof ApiProblem ? { ...failure.fields } : {});
    if (code === 'row_changed' && failure instanceof ApiProblem && failure.now) {
      line.state = 'typing';
      this.#answered(failure.now as SheetPage);
      // Joined without a dispute: what is mine goes upon what is theirs.
      if (line.state === 'typing' && line.dirty) void this.save(line);
    } else if (AGAIN.has(code)) this.#later();
    else if (failure instanceof ApiProblem && failure.status === 403) this.#options.refused?.();
  }

  #later(): void {
    if (this.#timer || this.#ended) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.retry();
    }, this.#options.retryMs ?? RETRY_MS);
  }

  async #read(): Promise<void> {
    try {
      this.#answered(await this.#inTurn(() => this.#options.sender.read()));
    } catch {
      // Offline, or no longer readable: what is on the page stays.
    }
  }
}

function isRows(place: Place): place is RowSection {
  return (ROW_SECTIONS as Place[]).includes(place);
}

/** A UUID whose beginning is the time, so that rows made one after another sort so. */
export function newId(now = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) % 256;
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
