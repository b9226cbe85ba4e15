/** The form of an agreement, and the request it makes. */
import type { ActionPage } from '#lib/api/action.ts';
import { centsOf, typedOf } from './words.ts';

export type Share = { organisation_id: string; percent: string };
export type AgreementForm = {
  kind: string;
  number: string;
  signed_on: string;
  purpose: string;
  total: string;
  nature: string;
  payment_terms: string;
  payment_terms_text: string;
  payment_from: string;
  payment_to: string;
  rae_id: string;
  eu_notification: boolean;
  motive: string;
  beneficiaries: Share[];
};

/** A change begins from what is in force. */
export function emptyAgreement(action: Pick<ActionPage, 'agreements' | 'decided_cents'>): AgreementForm {
  const last = action.agreements.findLast((one) => one.kind !== 'none');
  return {
    kind: last ? 'addendum' : 'agreement',
    number: '',
    signed_on: '',
    purpose: last?.purpose ?? '',
    total: typedOf(last?.total_cents ?? action.decided_cents),
    nature: last?.nature ?? 'aide en numéraire',
    payment_terms: last?.payment_terms ?? 'unique',
    payment_terms_text: last?.payment_terms_text ?? '',
    payment_from: last?.payment_from ?? '',
    payment_to: last?.payment_to ?? '',
    rae_id: last?.rae_id ?? '',
    eu_notification: last?.eu_notification ?? false,
    motive: '',
    beneficiaries: last?.beneficiaries.map((one) => ({ organisation_id: one.organisation.organisation_id, percent: typedOf(one.share) })) ?? [{ organisation_id: '', percent: '100' }],
  };
}

/** Shares are percents with two decimals: ten-thousandths. */
export const sharesSum = (rows: readonly Share[]): number => rows.reduce((sum, row) => sum + (centsOf(row.percent) ?? 0), 0);

const text = (typed: string): string | null => typed.trim() || null;

export function requestOf(form: AgreementForm): Record<string, unknown> {
  if (form.kind === 'none') return { kind: 'none', motive: text(form.motive) };
  return {
    kind: form.kind,
    number: text(form.number),
    signed_on: text(form.signed_on),
    purpose: text(form.purpose),
    total_cents: centsOf(form.total) ?? 0,
    nature: form.nature,
    payment_terms: form.payment_terms,
    payment_terms_text: form.payment_terms === 'autre' ? text(form.payment_terms_text) : null,
    payment_from: text(form.payment_from),
    payment_to: text(form.payment_to),
    rae_id: text(form.rae_id),
    eu_notification: form.eu_notification,
    motive: form.kind === 'addendum' ? text(form.motive) : null,
    beneficiaries: form.beneficiaries.filter((row) => row.organisation_id !== '').map((row) => ({ organisation_id: row.organisation_id, share: centsOf(row.percent) ?? 0 })),
  };
}
