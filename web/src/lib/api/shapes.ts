/** The API's values by the names the client uses. */
import type { Amount, Direction } from './copil.ts';

export type OrganisationRef = { organisation_id: string; name: string; short_name: string; college_id: string };
export type Person = { person_id: string; given_name: string; usual_name: string; organisation: OrganisationRef | null };
export type MayNot = { action: string; rule: string; code: string };

export type DemoPerson = { email: string; given_name: string; usual_name: string; role: string; organisation: string | null };
export type Workspace = {
  ready: boolean;
  demo: { password: string; people: DemoPerson[] } | null;
  region_name: string;
  programme_code: string;
  programme_title: string;
  logo_url: string | null;
  accent: string | null;
  second: string | null;
  version: number;
};

export type HeldRole = { role: string; body_id: string | null; body_title: string | null; chantier_id: string | null };
export type Me = { account_id: string; person: Person; email: string; locale: string | null; roles: HeldRole[]; may: string[] };

export type Phase = 'drafting' | 'commission' | 'copil' | 'region' | 'follow_up' | 'ended';
export type PhaseCounts = Record<Phase, number>;
export type Meeting = {
  meeting_id: string;
  title: string;
  body_title: string;
  chantier_id: string | null;
  starts_at_ms: number;
  ends_at_ms: number;
  mode: string;
  place_name: string | null;
  status: string;
};
export type AgendaItem = { agenda_item_id: string; rank: number; title: string; kind: string; proposal_id: string | null; version_id: string | null; outcome: string | null; duration_minutes: number | null };
/** A meeting with its agenda. */
export type MeetingPage = Meeting & { agenda: AgendaItem[]; version: number; is_open: boolean; waiting_count: number; earliest_day: string | null; notice_days: number; may: string[]; may_not: MayNot[] };
export type Figures = {
  year: number;
  jobs_counted: number;
  jobs_target: number;
  money_decided_cents: number;
  money_envelope_cents: number;
  proposals_in_progress: number;
};
export type ProgrammePage = {
  programme: {
    code: string;
    title: string;
    region_name: string;
    intro_html: string;
    participation_rules_html: string;
    starts_on: string;
    ends_on: string;
    annual_budget_cents: number;
    annual_jobs_target: number;
    version: number;
  };
  figures: Figures | null;
  next_meetings: Meeting[];
  may: string[];
};

/** A date, or without one (`awaited`) the proposal that has awaited somebody longest. */
export type Next = { kind: string; title: string; awaited: string; starts_at_ms?: number | null; proposal_id?: string | null; since_ms?: number | null };
export type Chantier = {
  chantier_id: string;
  title: string;
  purpose: string;
  status: string;
  co_presidents: Person[];
  phases: PhaseCounts;
  next: Next | null;
  roles: string[];
};
export type MemberPerson = {
  person_id: string;
  given_name: string;
  usual_name: string;
  role: string;
  seat_kind: string | null;
  job_title: string | null;
};
export type MemberOrganisation = { organisation_id: string; name: string; short_name: string; level: string; people: MemberPerson[] };
export type CollegeMembers = { college_id: string; title: string; organisations: MemberOrganisation[] };
export type ChantierDetail = Chantier & {
  description_html: string;
  axis: { axis_id: string; title: string } | null;
  lead_direction: string | null;
  delegations: string[];
  colleges: CollegeMembers[];
  meetings: Meeting[];
  may: string[];
  may_not: MayNot[];
};

/** The one party a proposal awaits, for what, until when, since when; `transition` does it, where one does. */
export type AwaitedNow = { party: string; what: string; due_on: string | null; since_ms: number; transition: string | null };
/** What has waited too long, and for how many days. */
export type Flag = { code: string; days: number };

/** One line of a board. Counts of threads are null for who may not read them. */
export type BoardRow = {
  proposal_id: string;
  number: string | null;
  title: string;
  porteur: string | null;
  chantier_id: string;
  stage: string;
  phase: Phase;
  round: number;
  awaited: AwaitedNow;
  flags: Flag[];
  stage_since_ms: number;
  stage_days: number;
  unanswered_vigilance_count: number | null;
  unanswered_question_count: number | null;
  open_reserve_count: number;
  next_hearing_on: string | null;
  request_cents: number;
  posts: number;
  mine: boolean;
  updated_at_ms: number;
};
export type BoardPage = { proposals: BoardRow[] };

/** Something that waits for this person. `action`: the transition that does it, where one does. */
export type DeskItem = {
  kind: string;
  proposal: { proposal_id: string; number: string | null; title: string; stage: string; phase: Phase };
  chantier: { chantier_id: string; title: string };
  due_on: string | null;
  since_ms: number;
  count: number;
  minutes_estimated: number;
  action: string | null;
  thread_id: string | null;
  flags: Flag[];
};
export type Desk = { items: DeskItem[]; total: number };

export type Card = {
  proposal_id: string;
  number: string | null;
  action_number: string | null;
  title: string;
  summary: string;
  stage: string;
  phase: Phase;
  chantier_id: string;
  porteur: OrganisationRef | null;
  owners: Person[];
  awaited: AwaitedNow;
  flags: Flag[];
  stage_since_ms: number;
  updated_at_ms: number;
  mine: boolean;
};
export type CardPage = { proposals: Card[]; next_cursor: string | null };
export type Neighbour = { proposal_id: string | null; title: string; chantier_id: string; stage: string; similarity: number };

export type Section = { key: string; html: string; words: number; filled: boolean; required: boolean };
/** Which state of a row it is, and whose. */
type Mark = { row_id: string; version: number; changed_by: string | null; changed_at_ms: number | null };
export type Share = { territory_code: string; name: string; share_percent: number };
export type Sheet = {
  objectives: (Mark & { body: string })[];
  owner: { text: string | null; contact_name: string | null; contact_email: string | null; capacity: string | null; legal_form: string | null; co_porteurs: OrganisationRef[] };
  partners: (Mark & { organisation_id: string | null; name: string; role: string; state: string; paid: boolean })[];
  no_partner: boolean;
  target_public: { text: string | null; headcount: number | null; women_percent: number | null; tags: string[] };
  territories: { territory_code: string; level: string; name: string }[];
  calendar: (Mark & { label: string; starts_on: string; ends_on: string; milestone: string | null })[];
  vat_mode: string | null;
  /** Where rows came from that a merge or a split brought. */
  origins: { row_id: string; proposal_id: string; title: string }[];
  expenses: (Mark & { year: number; nature: string; account: string; label: string; amount_cents: number })[];
  funding: (Mark & { year: number; funder: string; kind: string; scheme: string | null; amount_cents: number; state: string; nature: string })[];
  expenses_total_cents: number;
  funding_total_cents: number;
  envelope_requests: (Mark & { code: string; year: number; amount_cents: number })[];
  indicators: (Mark & { label: string; kind: string; unit: string; baseline: string | null; target: string | null; due_on: string | null; source: string | null })[];
  jobs: (Mark & {
    kind: string;
    founding_answer: string | null;
    nature: string;
    stage: string;
    posts: number;
    fte_hundredths: number;
    women: number;
    men: number;
    undisclosed: number;
    contract: string;
    duration_months: number | null;
    effect_year: number;
    employer_siret: string | null;
    territories: Share[];
    sector: string | null;
    confidence: string;
    evidence: string | null;
    overlap_percent: number | null;
    note: string | null;
  })[];
  no_jobs_motive: string | null;
  porteur_declined_at_ms: number | null;
  parts: { part: string; version: number; changed_by: string | null; changed_at_ms: number }[];
};
/** Something missing before the deposit, and where: sums in cents where two differ. */
export type Lack = { section: string; field: string; code: string; year: number | null; expected_cents: number | null; found_cents: number | null };
export type SheetPage = {
  proposal_id: string;
  porteur: OrganisationRef | null;
  porteur_accepted_at_ms: number | null;
  sheet: Sheet;
  lacks: Lack[];
  may: string[];
  may_not: MayNot[];
};
export type FoundTerritory = { territory_code: string; level: string; name: string };
export type Completion = { reason: string; points: string[]; due_on: string; person: Person | null; created_at_ms: number };
export type Act = {
  act: string;
  created_at_ms: number;
  person: Person | null;
  capacity: string | null;
  from_stage: string | null;
  to_stage: string | null;
  note: string | null;
  version_id: string | null;
  version_rank: number | null;
  completion_request: Completion | null;
  related: { proposal_id: string; title: string; relation: 'merged_into' | 'merged_from' | 'split_into' | 'split_from' }[];
};
export type LateContribution = { contribution_id: string; created_at_ms: number; updated_at_ms: number; base_seq: number };
export type LateDifference = LateContribution & {
  changes: number;
  sections: { key: string; before: string; passages: { parts: { kind: string; text: string }[] }[] }[];
};
export type Proposal = {
  proposal_id: string;
  number: string | null;
  action_number: string | null;
  title: string;
  summary: string;
  stage: string;
  phase: Phase;
  round: number;
  version: number;
  chantier: { chantier_id: string; title: string };
  associated_chantiers: { chantier_id: string; title: string }[];
  axis: { axis_id: string; title: string } | null;
  porteur: OrganisationRef | null;
  porteur_accepted_at_ms: number | null;
  /** When the porteur closed, if it did. */
  porteur_closed_at_ms?: number | null;
  co_porteurs: OrganisationRef[];
  owners: Person[];
  contributors: Person[];
  document_id: string;
  created_at_ms: number;
  stage_since_ms: number;
  updated_at_ms: number;
  awaited: AwaitedNow;
  flags: Flag[];
  may: string[];
  may_not: MayNot[];
  text_seq: number;
  sections: Section[];
  sheet: Sheet;
  lacks: Lack[];
  deposit: { number: string; created_at_ms: number; person: Person | null; text_seq: number } | null;
  completion_request: Completion | null;
  history: Act[];
  text_damaged: boolean;
  large_deletion: { before_seq: number; removed_chars: number; created_at_ms: number } | null;
  comments_count: number;
  tags: string[];
  links: { proposal_id: string; title: string; kind: string; direction: string }[];
};
/** What became of a thread. */
export type ThreadClosing = { closed_at_ms: number; person: Person | null; outcome: string | null; note: string | null };
export type ThreadMessage = {
  message_id: string;
  author: Person;
  /** Null once its author took it back. */
  body: string | null;
  mentions: Person[];
  created_at_ms: number;
  edited_at_ms: number | null;
  withdrawn_at_ms: number | null;
  unseen: boolean;
  may: string[];
};
/** A thread of the commission; in a list at most its last 20 replies. */
export type Thread = {
  thread_id: string;
  section: string | null;
  kind: string;
  version: number;
  activity_at_ms: number;
  closing: ThreadClosing | null;
  unanswered: boolean;
  unseen: boolean;
  mine: boolean;
  replies_count: number;
  messages: ThreadMessage[];
  may: string[];
  may_not: MayNot[];
  outcomes: string[];
};
export type ThreadPage = { threads: Thread[]; next_cursor: string | null; may: string[]; may_not: MayNot[]; seen_at_ms: number | null; read_at_ms: number };
export type Obstacle = { rule: string; code: string };
export type Holder = { role: string; people: Person[] };
export type PendingMove = {
  person: Person;
  capacity: string;
  motive: string | null;
  chantier_id: string | null;
  asked_at_ms: number;
  awaited: string[];
  may_decline: boolean;
  may_cancel: boolean;
};
export type PossibleMove = {
  transition: string;
  action: string;
  to: string | null;
  possible: boolean;
  asks: boolean;
  needs: string[];
  obstacles: Obstacle[];
  who: Holder[];
  pending: PendingMove | null;
};
export type Hearing = { meeting_id: string; title: string; starts_at_ms: number; clear_days: number };
export type Transitions = {
  version: number;
  transitions: PossibleMove[];
  hearings: Hearing[];
  notice_days: number;
  earliest_close: string;
  duplicates: { proposal_id: string; title: string }[];
  unanswered_vigilance_count: number;
  recused: string[];
  directions: Direction[];
  lead_unit_id: string | null;
  requested: Amount[];
  inactivity: Inactivity | null;
};
/** How long nothing has happened, and the warnings before T31. */
export type Inactivity = {
  days: number;
  warn_from_days: number;
  close_from_days: number;
  warnings_needed: number;
  days_between: number;
  warned_at_ms: number[];
  may_warn: boolean;
  obstacle: Obstacle | null;
};
export type Rights = {
  proposal_id: string;
  stage: string;
  roles: { role: string; source: string; body_title: string | null; chantier_id: string | null; valid_from: string; valid_to: string | null }[];
  actions: { action: string; rule: string; allowed: boolean; code: string | null; roles: string[]; held: string[] }[];
};

export type Votes = { for: number; against: number; abstain: number; not_voting: number };
export type Reserve = { reserve_id: string; text: string; state: string; answer: string | null; answered_at_ms: number | null; version: number };
export type Opinion = {
  opinion_id: string;
  version_id: string;
  version_rank: number;
  round: number;
  value: string;
  mode: string;
  count: Votes | null;
  seat_count: number;
  motive: string | null;
  meeting_id: string | null;
  heard_on: string;
  prepared_by: string;
  prepared_at_ms: number;
  signed_by: string | null;
  signed_at_ms: number | null;
  given_at_ms: number | null;
  version: number;
  recusals: { organisation_id: string; origin: string }[];
  dissents: { organisation_id: string | null; text: string }[];
  reserves: Reserve[];
};
export type Opinions = {
  opinions: Opinion[];
  people: Person[];
  organisations: OrganisationRef[];
  hearing: { version_id: string; version_rank: number; is_sealed: boolean; meeting_id: string | null; title: string | null; starts_at_ms: number | null; heard_on: string } | null;
  seat_count: number;
  seats: string[][];
  recused_count: number;
  recused: string[];
};

/** A point in the history of a text; the text of the point is the text at `seq`. */
export type HistoryPoint = {
  seq: number;
  from_seq: number;
  kind: string;
  started_at_ms: number;
  ended_at_ms: number;
  added_chars: number;
  removed_chars: number;
  people: Person[];
  restored_seq: number | null;
  act: string | null;
  from_stage: string | null;
  to_stage: string | null;
};
export type TextHistory = { document_id: string; head_seq: number; points: HistoryPoint[]; next_cursor: number | null; damaged: boolean; may: string[]; may_not: MayNot[] };
export type PastSection = { key: string; html: string; plain: string; words: number; changed: boolean; differs: boolean };
export type PastText = { seq: number; since_seq: number; head_seq: number; sections: PastSection[]; damaged: boolean };
export type RestorationDone = { seq: number | null; undo_seq: number };
/** A sealed version, or one being sealed while `sealed_at_ms` is null. */
export type Version = {
  version_id: string;
  proposal_id: string;
  rank: number;
  reason: string;
  round: number;
  title: string;
  document_seq: number;
  opened_at_ms: number;
  person: Person | null;
  sealed_at_ms: number | null;
  content_sha256: string | null;
  key_id: string | null;
};
export type Versions = { versions: Version[] };
export type DocumentHead = { document_id: string; proposal_id: string; head_seq: number; epoch: number; lineage: string; schema: number; may: string[] };

/** An author and the organisation they acted for then; all null when the log cannot say. */
export type AuthorRef = {
  account_id: string | null;
  person: { person_id: string; given_name: string; usual_name: string } | null;
  organisation: OrganisationRef | null;
};
export type AuthoredRange = AuthorRef & { from: number; to: number; at_ms: number | null; mover: (AuthorRef & { at_ms: number }) | null };
export type Authorship = {
  document_id: string;
  seq: number;
  sections: { key: string; html: string; ranges: AuthoredRange[] }[];
  shares: { organisation: OrganisationRef | null; college: College | null; chars: number; share: number }[];
  colleges: (College & { chars: number; share: number })[];
  unknown_chars: number;
  chars: number;
  deletions: (AuthorRef & { at_ms: number | null; section: string; chars: number; quote: string; written_by: AuthorRef[] })[];
};

export type SessionRow = { session_id: string; created_at_ms: number; seen_at_ms: number; user_agent: string | null; address: string | null; current: boolean };
export type TokenRow = { token_id: string; label: string; created_at_ms: number; expires_at_ms: number | null; used_at_ms: number | null };
export type NewToken = { token_id: string; label: string; token: string; created_at_ms: number; expires_at_ms: number | null };

export type Mandate = { mandate_id: string; role: string; body_id: string | null; body_title: string | null; chantier_id: string | null };
export type AccountState = 'none' | 'invited' | 'active' | 'deactivated';
export type ListedPerson = {
  person_id: string;
  given_name: string;
  usual_name: string;
  email: string | null;
  organisation: OrganisationRef | null;
  job_title: string | null;
  account: AccountState;
  mandates: Mandate[];
};
export type Body = { body_id: string; kind: string; title: string; chantier_id: string | null };
export type College = { college_id: string; title: string };
export type IssuedLink = { person_id?: string; url: string; kind?: string; expires_at_ms: number };
export type LinkPage = { kind: string; email: string; given_name: string; usual_name: string; organisation: string | null; expires_at_ms: number };
export type SetupPrefill = {
  code: string;
  title: string;
  region_name: string;
  starts_on: string;
  ends_on: string;
  annual_budget_cents: number;
  annual_jobs_target: number;
};

export type * from './copil.ts';
