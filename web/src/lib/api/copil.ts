/** The shapes of the steering committee's table and of the envelopes, as `docs/openapi.json` describes them. */
import type { OrganisationRef, Meeting } from './shapes.ts';

/** Money of one envelope and year, in euro cents. */
export type Amount = { code: string; year: number; amount_cents: number };
/** A direction of the Region. */
export type Direction = { region_unit_id: string; title: string };
/** An envelope of one year; amounts in euro cents, what lies within it included. */
export type Envelope = {
  envelope_id: string;
  code: string;
  year: number;
  label: string;
  parent: string | null;
  amount_cents: number;
  requested_cents: number;
  arbitrated_cents: number;
  awaiting_cents: number;
  decided_cents: number;
  committed_cents: number;
  remaining_cents: number;
};
export type Envelopes = { envelopes: Envelope[] };
export type EnvelopeLine = { proposal_id: string; number: string | null; title: string; chantier_id: string; stage: string; code: string; amount_cents: number };
export type EnvelopeLines = { lines: EnvelopeLine[]; hidden_count: number; hidden_cents: number; total_cents: number };
/** A proposal that awaits arbitration. */
export type CopilFile = {
  proposal_id: string;
  number: string | null;
  title: string;
  summary: string;
  chantier_id: string;
  porteur: OrganisationRef | null;
  version: number;
  round: number;
  since_ms: number;
  lead_unit_id: string | null;
  opinion: { value: string; mode: string; votes_for: number | null; votes_against: number | null; votes_abstain: number | null; motive: string | null; heard_on: string; dissent_count: number } | null;
  reserves: { body: string; state: string; answer: string | null }[];
  requested: Amount[];
  budget_cents: number;
  posts: number;
  advices: string[];
  reserve_list_count: number;
  changed: { since_ms: number; version_count: number } | null;
  may_arbitrate: boolean;
};
export type RecordedArbitration = { proposal_id: string; number: string | null; title: string; value: string; rank: number | null; motive: string | null; arbitrated_on: string; meeting_id: string | null; ceilings: Amount[]; is_awaiting: boolean };
export type CopilTable = { next_session: Meeting | null; past_sessions: Meeting[]; envelopes: Envelope[]; directions: Direction[]; files: CopilFile[]; recorded: RecordedArbitration[] };

/** A session to come of the steering committee or of the Assises. */
export type Session = Meeting & { committee: string; convene_by: string };
export type Sessions = { sessions: Session[]; may: string[] };
