/** Who wrote what: what the server read from the log, sorted for the legend and the text. */
import { api, path } from '#lib/api/client.ts';
import type { AuthorRef, Authorship, AuthoredRange, OrganisationRef } from '#lib/api/shapes.ts';

/** People who acted for no organisation, and passages whose author the log cannot say. */
export const NO_ORGANISATION = 'none';
export const UNKNOWN = 'unknown';

const COLOURS = 8;
const PATTERNS = 16;

/** One line of the legend. */
export interface LegendLine {
  key: string;
  organisation: OrganisationRef | null;
  chars: number;
  share: number;
  /** Colour from 0 to 7, pattern from 0 to 15: the pattern alone tells sixteen lines apart, both together 128. */
  colour: number;
  pattern: number;
}

/** The lines of one college, with their total. */
export interface LegendGroup {
  key: string;
  title: string | null;
  share: number;
  lines: LegendLine[];
}

/** Whose a passage is, as a key of the legend. */
export function keyOf(author: AuthorRef): string {
  if (author.account_id === null) return UNKNOWN;
  return author.organisation?.organisation_id ?? NO_ORGANISATION;
}

/** The legend: colleges in their order, organisations by name; never by size. */
export function legendOf(authorship: Authorship): LegendGroup[] {
  let rank = 0;
  const look = () => {
    const at = rank++;
    return { colour: (at + Math.floor(at / PATTERNS)) % COLOURS, pattern: at % PATTERNS };
  };
  const line = (share: Authorship['shares'][number]): LegendLine => ({
    key: share.organisation?.organisation_id ?? NO_ORGANISATION,
    organisation: share.organisation,
    chars: share.chars,
    share: share.share,
    ...look(),
  });
  const groups: LegendGroup[] = authorship.colleges.map((college) => ({
    key: college.college_id,
    title: college.title,
    share: college.share,
    lines: authorship.shares.filter((share) => share.college?.college_id === college.college_id).map(line),
  }));
  const others = authorship.shares.filter((share) => share.college === null).map(line);
  if (authorship.unknown_chars > 0) {
    const share = authorship.unknown_chars / authorship.chars;
    others.push({ key: UNKNOWN, organisation: null, chars: authorship.unknown_chars, share, ...look() });
  }
  if (others.length > 0) {
    groups.push({ key: 'others', title: null, share: others.reduce((sum, one) => sum + one.share, 0), lines: others });
  }
  return groups;
}

/** A passage of the text, numbered through all sections. */
export interface Passage {
  number: number;
  section: string;
  range: AuthoredRange;
  key: string;
}

export class AuthorsState {
  read = $state.raw<Authorship | null>(null);
  failed = $state.raw<unknown>(null);
  loading = $state(true);
  /** Only this organisation's passages stand out; `null` for all. */
  only = $state<string | null>(null);
  /** The passage that is looked at. */
  current = $state<number | null>(null);
  #document: string;

  readonly legend = $derived(this.read ? legendOf(this.read) : []);
  readonly lines = $derived(new Map(this.legend.flatMap((group) => group.lines).map((line) => [line.key, line])));
  readonly passages = $derived.by((): Passage[] => {
    const all: Passage[] = [];
    for (const section of this.read?.sections ?? []) {
      for (const range of section.ranges) all.push({ number: all.length, section: section.key, range, key: keyOf(range) });
    }
    return all;
  });
  /** The passages one goes through. */
  readonly shown = $derived(this.passages.filter((one) => this.only === null || one.key === this.only));

  constructor(document: string) {
    this.#document = document;
  }

  async load(): Promise<void> {
    try {
      const read = await api.get<Authorship>(path`/api/documents/${this.#document}/authorship`);
      if (read.seq !== this.read?.seq) {
        this.read = read;
        this.current = null;
      }
      this.failed = null;
    } catch (failure) {
      // What is on the page stays: it says the truth of a moment ago.
      if (this.read === null) this.failed = failure;
    } finally {
      this.loading = false;
    }
  }

  again(): Promise<void> {
    this.loading = true;
    this.failed = null;
    return this.load();
  }

  choose(key: string): void {
    this.only = this.only === key ? null : key;
    const current = this.current === null ? undefined : this.passages[this.current];
    if (current && this.only !== null && current.key !== this.only) this.current = null;
  }

  /** The passage after or before the current one, round the end. */
  step(by: 1 | -1): number | null {
    const { shown, current } = this;
    if (shown.length === 0) return null;
    const at = shown.findIndex((one) => one.number === current);
    const next = at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length;
    return shown[next]?.number ?? null;
  }
}
