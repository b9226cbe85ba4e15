/** Kinds of organisation and states of an account, in words. */
import type { AccountState } from '#lib/api/shapes.ts';
import { m } from '#lib/paraglide/messages.js';
import type { KINDS } from './admin.svelte.ts';

export const kindWords: Record<(typeof KINDS)[number], () => string> = {
  region: m.kind_region,
  state: m.kind_state,
  department: m.kind_department,
  commune: m.kind_commune,
  epci: m.kind_epci,
  chamber: m.kind_chamber,
  prides: m.kind_prides,
  employer_org: m.kind_employer_org,
  trade_union: m.kind_trade_union,
  ess_network: m.kind_ess_network,
  association: m.kind_association,
  company: m.kind_company,
  training_body: m.kind_training_body,
  employment_service: m.kind_employment_service,
};

export const accountWords: Record<AccountState, { word: () => string; tone: 'plain' | 'positive' | 'caution' | 'danger'; shape: 'dot' | 'ring' | 'square' }> = {
  none: { word: m.admin_account_none, tone: 'plain', shape: 'ring' },
  invited: { word: m.admin_account_invited, tone: 'caution', shape: 'ring' },
  active: { word: m.admin_account_active, tone: 'positive', shape: 'dot' },
  deactivated: { word: m.admin_account_deactivated, tone: 'danger', shape: 'square' },
};
