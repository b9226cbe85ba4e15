/** A chantier's proposals as a board: what is wanted (kept in the address), in which order, how many are shown. */
import type { BoardRow, Phase } from '#lib/api/shapes.ts';

export type SortKey = 'urgency' | 'title' | 'porteur' | 'stage' | 'awaited' | 'posts' | 'request' | 'days' | 'flags';
export type Wanted = {
  phase: string;
  awaited: string;
  text: string;
  flagged: boolean;
  mine: boolean;
  sort: SortKey;
  descending: boolean;
};

/** Rows shown at first, and each time one asks for more. */
export const SHOWN = 50;

/** The orders, as an address says them. */
const SORTS: [key: SortKey, said: string][] = [
  ['urgency', ''],
  ['title', 'titre'],
  ['porteur', 'structure'],
  ['stage', 'etape'],
  ['awaited', 'attendu'],
  ['posts', 'emplois'],
  ['request', 'montant'],
  ['days', 'jours'],
  ['flags', 'noter'],
];

/** What an address asks for. */
export function wantedFrom(search: URLSearchParams): Wanted {
  const said = search.get('tri') ?? '';
  const sort = SORTS.find(([, word]) => word === said)?.[0];
  return {
    phase: search.get('phase') ?? '',
    awaited: search.get('attendu') ?? '',
    text: search.get('texte') ?? '',
    flagged: search.has('sommeil'),
    mine: search.has('miennes'),
    sort: sort ?? 'urgency',
    descending: search.get('sens') === 'desc',
  };
}

/** Writes what is wanted into an address; what is not asked for leaves it. */
export function writeWanted(wanted: Wanted, search: URLSearchParams): void {
  const set = (name: string, value: string) => (value ? search.set(name, value) : search.delete(name));
  set('phase', wanted.phase);
  set('attendu', wanted.awaited);
  set('texte', wanted.text.trim());
  set('sommeil', wanted.flagged ? 'oui' : '');
  set('miennes', wanted.mine ? 'oui' : '');
  set('tri', SORTS.find(([key]) => key === wanted.sort)?.[1] ?? '');
  set('sens', wanted.sort !== 'urgency' && wanted.descending ? 'desc' : '');
}

/** Without accents or case: how people search. */
function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function matches(row: BoardRow, wanted: Wanted, words: string[]): boolean {
  if (wanted.phase && row.phase !== wanted.phase) return false;
  if (wanted.awaited && row.awaited.party !== wanted.awaited) return false;
  if (wanted.flagged && row.flags.length === 0) return false;
  if (wanted.mine && !row.mine) return false;
  if (words.length === 0) return true;
  const text = folded(`${row.title} ${row.number ?? ''} ${row.porteur ?? ''}`);
  return words.every((word) => text.includes(word));
}

type Words = { awaited: (row: BoardRow) => string };

export class BoardView {
  rows = $state.raw<BoardRow[]>([]);
  wanted = $state.raw<Wanted>(wantedFrom(new URLSearchParams()));
  count = $state(SHOWN);
  #words: Words;

  /** The rows that are wanted, in order. */
  readonly found = $derived.by(() => {
    const words = folded(this.wanted.text).split(/\s+/).filter(Boolean);
    return this.#sorted(this.rows.filter((row) => matches(row, this.wanted, words)));
  });
  /** Those of them that the table shows. */
  readonly shown = $derived(this.found.slice(0, this.count));
  readonly isFiltered = $derived(Boolean(this.wanted.phase || this.wanted.awaited || this.wanted.text.trim() || this.wanted.flagged || this.wanted.mine));
  /** The parties that some proposal awaits. */
  readonly parties = $derived([...new Set(this.rows.map((row) => row.awaited.party))].filter((party) => party !== 'nobody'));

  constructor(rows: BoardRow[], wanted: Wanted, words: Words) {
    this.rows = rows;
    this.wanted = wanted;
    this.#words = words;
  }

  want(change: Partial<Wanted>): void {
    this.wanted = { ...this.wanted, ...change };
    this.count = SHOWN;
  }

  clear(): void {
    this.want({ phase: '', awaited: '', text: '', flagged: false, mine: false });
  }

  /** The first click sorts, the second turns the order round, the third goes back to urgency. */
  sortBy(key: SortKey): void {
    const first = FIRST_DESCENDING.includes(key);
    if (this.wanted.sort !== key) this.want({ sort: key, descending: first });
    else if (this.wanted.descending === first) this.want({ descending: !first });
    else this.want({ sort: 'urgency', descending: false });
  }

  more(): void {
    this.count += SHOWN;
  }

  /** The server's order is that of urgency. */
  #sorted(rows: BoardRow[]): BoardRow[] {
    const { sort, descending } = this.wanted;
    if (sort === 'urgency') return rows;
    const turn = descending ? -1 : 1;
    if (sort === 'posts') return rows.toSorted((a, b) => turn * (a.posts - b.posts));
    if (sort === 'request') return rows.toSorted((a, b) => turn * (a.request_cents - b.request_cents));
    if (sort === 'days') return rows.toSorted((a, b) => turn * (a.stage_days - b.stage_days));
    if (sort === 'stage') return rows.toSorted((a, b) => turn * (stageRank(a.stage) - stageRank(b.stage)));
    if (sort === 'flags') return rows.toSorted((a, b) => turn * (weight(a) - weight(b)));
    const text = { title: (row: BoardRow) => row.title, porteur: (row: BoardRow) => row.porteur ?? '\uffff', awaited: this.#words.awaited }[sort];
    // Each text is made once, not once a comparison.
    const keyed = rows.map((row) => ({ row, key: text(row) }));
    keyed.sort((a, b) => turn * COLLATOR.compare(a.key, b.key));
    return keyed.map(({ row }) => row);
  }
}

const COLLATOR = new Intl.Collator('fr', { numeric: true });
/** Columns whose largest values come first. */
const FIRST_DESCENDING: readonly SortKey[] = ['posts', 'request', 'days', 'flags'];

/** What a row has to note: flags before counts. */
function weight(row: BoardRow): number {
  return row.flags.length * 1000 + (row.unanswered_vigilance_count ?? 0) + (row.unanswered_question_count ?? 0) + row.open_reserve_count;
}

/** Where a stage comes on the way; what has ended comes last. */
function stageRank(stage: string): number {
  const at = Object.keys(PHASE_OF).indexOf(stage);
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}

/** The phase that shows a stage. */
export function phaseOf(stage: string): Phase {
  return PHASE_OF[stage] ?? 'ended';
}

const PHASE_OF: Record<string, Phase> = {
  idea: 'drafting',
  drafting: 'drafting',
  submitted: 'drafting',
  in_commission: 'commission',
  frozen: 'commission',
  opinion_given: 'commission',
  at_copil: 'copil',
  at_region: 'region',
  approved: 'region',
  approved_conditional: 'region',
  committed: 'follow_up',
  in_progress: 'follow_up',
  suspended: 'follow_up',
  completed: 'follow_up',
};
