/** What merges and splits are, as the API says it. */
import type { MayNot, OrganisationRef, Person, Phase, Sheet } from './shapes.ts';

/** A merge without the sheets. */
export type MergeHead = {
  merge_id: string;
  survivor_id: string;
  motive: string | null;
  asked_by: Person;
  asked_at_ms: number;
  agree_until: string;
  closed_at_ms: number | null;
  outcome: 'done' | 'declined' | 'cancelled' | 'lapsed' | null;
  is_instructed: boolean;
  closing_motive: string | null;
  proposals: { proposal_id: string; title: string; is_agreed: boolean }[];
};
/** A proposal of a merge, whole. */
export type MergePart = {
  proposal_id: string;
  number: string | null;
  title: string;
  summary: string;
  stage: string;
  phase: Phase;
  round: number;
  chantier_id: string;
  chantier_title: string;
  porteur: OrganisationRef | null;
  owners: Person[];
  contributors: Person[];
  open_thread_count: number;
  sections: { key: string; html: string; words: number }[];
  sheet: Sheet;
  is_own: boolean;
  agreed_by: Person | null;
  agreed_at_ms: number | null;
};
/** A merge with its proposals side by side, the survivor first. */
export type MergePage = { merge: MergeHead; stage_after: string; begins_round: boolean; read_at_ms: number | null; is_expired: boolean; may: string[]; may_not: MayNot[]; parts: MergePart[] };
export type SplitKind = 'expense' | 'funding' | 'envelope_request' | 'job_line';
/** A row with amounts or jobs, to be allocated. */
export type SplitRow = { kind: SplitKind; row_id: string; version: number; year: number; label: string; detail: string; amount_cents: number | null; posts: number | null };
export type SplitPage = {
  rows: SplitRow[];
  plan: { children: { title: string; summary: string; porteur_id: string | null }[]; rows: { kind: SplitKind; row_id: string; child: number | null; motive: string | null }[]; is_outdated: boolean } | null;
  dropped: { kind: SplitKind; row_id: string; label: string; year: number; amount_cents: number | null; posts: number | null; motive: string; dropped_by: Person | null; dropped_at_ms: number }[];
};
