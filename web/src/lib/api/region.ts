/** The Region's desk, its review of a file and its decisions, as the API answers them. */
import type { Flag, MayNot, Person } from './shapes.ts';

export type Direction = { region_unit_id: string; title: string };
export type Amount = { code: string; year: number; amount_cents: number };
export type FileStatus = 'received' | 'complete' | 'cross_read' | 'scheduled' | 'decided';

export type RegionFile = {
  proposal_id: string;
  number: string | null;
  title: string;
  stage: string;
  chantier_id: string;
  chantier_title: string;
  porteur: string | null;
  lead: Direction | null;
  status: FileStatus;
  open_check_count: number;
  readings: { asked: number; answered: number; silent: number; own_open: number };
  received_at_ms: number;
  waiting_days: number;
  advice: { value: string; rank: number | null; motive: string | null; ceilings: Amount[] } | null;
  opinion: string | null;
  requested: Amount[];
  session_on: string | null;
  session_organ: string | null;
  decision: { decision_id: string; value: string; deliberation_ref: string; decided_on: string; amount_cents: number; prepared_by: Person; is_own: boolean; confirmed_at_ms: number | null } | null;
  flags: Flag[];
  version: number;
};
export type RegionDesk = { files: RegionFile[]; directions: Direction[]; own: string[]; may: string[] };

export type Check = { item: string; state: string | null; note: string | null; checked_by: string | null; checked_at_ms: number | null };
export type Reading = { direction: Direction; asked_at_ms: number; due_on: string; answer: string | null; body: string | null; answered_by: string | null; answered_at_ms: number | null; is_silent: boolean };
export type Review = {
  status: FileStatus;
  received_at_ms: number;
  waiting_days: number;
  completed_at_ms: number | null;
  session_on: string | null;
  session_organ: string | null;
  closed_at_ms: number | null;
  version: number;
  open_count: number;
  checks: Check[] | null;
  readings: Reading[];
};
export type ReviewPage = { review: Review | null; lead: Direction | null; associated: Direction[]; directions: Direction[]; own: string[]; people: Person[]; may: string[]; may_not: MayNot[] };

export type Condition = { condition_id: string; text: string; due_on: string; blocking: boolean; evidence: string | null; lifted_by: string | null; lifted_at_ms: number | null; is_overdue: boolean; version: number };
export type Decision = {
  decision_id: string;
  kind: string;
  rectifies_id: string | null;
  rectified_by_id: string | null;
  round: number;
  value: string;
  organ: string;
  deliberation_ref: string;
  title: string;
  decided_on: string;
  transmitted_on: string | null;
  enforceable_on: string | null;
  motive: string | null;
  override_motive: string | null;
  departs: boolean;
  reason: string | null;
  points: string[];
  due_on: string | null;
  prepared_by: string;
  prepared_at_ms: number;
  confirmed_by: string | null;
  confirmed_at_ms: number | null;
  version_id: string | null;
  version_rank: number | null;
  version: number;
  amounts: Amount[];
  conditions: Condition[];
};
export type Arbitration = { arbitration_id: string; round: number; value: string; rank: number | null; motive: string | null; arbitrated_on: string; ceilings: Amount[] };
export type Decisions = { arbitrations: Arbitration[]; evocations: { from_stage: string; motive: string; evoked_at_ms: number }[]; decisions: Decision[]; people: Person[]; is_news: boolean; may: string[]; may_not: MayNot[] };

export type Envelope = { code: string; year: number; parent: string | null; amount_cents: number; taken_cents: number; left_cents: number };
export type DecisionSheet = {
  title: string;
  proposal_version: number;
  session_on: string | null;
  session_organ: string | null;
  lead: Direction | null;
  today: string;
  opinion_on: string | null;
  advice: string | null;
  ceilings: Amount[];
  requested: Amount[];
  envelopes: Envelope[];
  preparation: Decision | null;
  is_own: boolean;
  is_reached: boolean;
  faults: { field: string; code: string }[];
  people: Person[];
  may: string[];
  may_not: MayNot[];
};
