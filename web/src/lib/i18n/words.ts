/** The domain's keys in words: stages, phases, roles, who is awaited. An unknown key is shown as it is. */
import { m } from '#lib/paraglide/messages.js';
import type { Phase } from '#lib/api/shapes.ts';

type Say = () => string;

export const PHASES: readonly Phase[] = ['drafting', 'commission', 'copil', 'region', 'follow_up'];

const phases: Record<string, Say> = {
  drafting: m.phase_drafting,
  commission: m.phase_commission,
  copil: m.phase_copil,
  region: m.phase_region,
  follow_up: m.phase_follow_up,
  ended: m.phase_ended,
};

const stages: Record<string, Say> = {
  idea: m.stage_idea,
  drafting: m.stage_drafting,
  submitted: m.stage_submitted,
  in_commission: m.stage_in_commission,
  frozen: m.stage_frozen,
  opinion_given: m.stage_opinion_given,
  at_copil: m.stage_at_copil,
  at_region: m.stage_at_region,
  approved: m.stage_approved,
  approved_conditional: m.stage_approved_conditional,
  rejected: m.stage_rejected,
  committed: m.stage_committed,
  in_progress: m.stage_in_progress,
  suspended: m.stage_suspended,
  completed: m.stage_completed,
  abandoned: m.stage_abandoned,
  withdrawn: m.stage_withdrawn,
  merged: m.stage_merged,
  split: m.stage_split,
  closed: m.stage_closed,
};

const awaited: Record<string, Say> = {
  porteur: m.awaited_porteur,
  owner: m.awaited_owner,
  facilitator: m.awaited_facilitator,
  owner_then_members: m.awaited_owner_then_members,
  commission: m.awaited_commission,
  co_presidents: m.awaited_co_presidents,
  copil: m.awaited_copil,
  lead_direction: m.awaited_lead_direction,
  region: m.awaited_region,
  condition_owners: m.awaited_condition_owners,
  nobody: m.awaited_nobody,
};

const roles: Record<string, Say> = {
  owner: m.role_owner,
  contributor: m.role_contributor,
  member: m.role_member,
  facilitator: m.role_facilitator,
  co_president: m.role_co_president,
  copil_secretary: m.role_copil_secretary,
  copil_member: m.role_copil_member,
  region_instructor: m.role_region_instructor,
  region_validator: m.role_region_validator,
  org_admin: m.role_org_admin,
  observer: m.role_observer,
  admin: m.role_admin,
  associated: m.role_associated,
  receiver: m.role_receiver,
};

const seats: Record<string, Say> = { titulaire: m.seat_titulaire, suppleant: m.seat_suppleant };
const modes: Record<string, Say> = { onsite: m.mode_onsite, remote: m.mode_remote, hybrid: m.mode_hybrid };
const meetings: Record<string, Say> = {
  polling: m.meeting_polling,
  planned: m.meeting_planned,
  convened: m.meeting_convened,
  open: m.meeting_open,
  held: m.meeting_held,
  minutes_sent: m.meeting_minutes_sent,
  minutes_approved: m.meeting_minutes_approved,
  postponed: m.meeting_postponed,
  cancelled: m.meeting_cancelled,
};

const reasons: Record<string, Say> = {
  deposit: m.version_reason_deposit,
  freeze: m.version_reason_freeze,
  opinion: m.version_reason_opinion,
  decision: m.version_reason_decision,
  completion: m.version_reason_completion,
};

const say = (words: Record<string, Say>) => (key: string) => words[key]?.() ?? key;

export const phaseWord = say(phases);
export const stageWord = say(stages);
export const awaitedWord = say(awaited);
export const roleWord = say(roles);
export const seatWord = say(seats);
export const modeWord = say(modes);
export const meetingWord = say(meetings);
/** Why a version was made. */
export const reasonWord = say(reasons);
