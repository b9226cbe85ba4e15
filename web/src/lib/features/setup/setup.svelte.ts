/** What the set-up asks, as typed; checked here for the obvious, by the server for good. */
import type { SetupPrefill } from '#lib/api/shapes.ts';
import { m } from '#lib/paraglide/messages.js';

/** A number as people type it: spaces and a comma; null when it is not one. */
export function typedNumber(text: string): number | null {
  const plain = text.replace(/[\s\u00a0\u202f€]/g, '').replace(',', '.');
  if (!/^\d+(\.\d+)?$/.test(plain)) return null;
  return Number(plain);
}

export class Setup {
  code = $state('');
  title = $state('');
  region_name = $state('');
  starts_on = $state('');
  ends_on = $state('');
  budget = $state('');
  jobs = $state('');
  given_name = $state('');
  usual_name = $state('');
  email = $state('');
  password = $state('');
  wrong = $state<Record<string, string>>({});

  constructor(prefill: SetupPrefill) {
    this.code = prefill.code;
    this.title = prefill.title;
    this.region_name = prefill.region_name;
    this.starts_on = prefill.starts_on;
    this.ends_on = prefill.ends_on;
    this.budget = grouped(prefill.annual_budget_cents / 100);
    this.jobs = grouped(prefill.annual_jobs_target);
  }

  /** Whether nothing obvious is wrong; says what is, by field. */
  check(): boolean {
    const wrong: Record<string, string> = {};
    const asked = ['code', 'title', 'region_name', 'starts_on', 'ends_on', 'given_name', 'usual_name'] as const;
    for (const field of asked) if (!this[field].trim()) wrong[field] = m.field_required();
    if (!/^\S+@\S+$/.test(this.email.trim())) wrong.email = m.field_email();
    if (this.password.length < 12) wrong.password = m.field_password_short();
    if (typedNumber(this.budget) === null) wrong.annual_budget_cents = m.field_invalid();
    if (typedNumber(this.jobs) === null) wrong.annual_jobs_target = m.field_invalid();
    if (this.starts_on && this.ends_on && this.ends_on <= this.starts_on) wrong.ends_on = m.field_date_order();
    this.wrong = wrong;
    return Object.keys(wrong).length === 0;
  }

  body(token: string) {
    return {
      token,
      code: this.code.trim(),
      title: this.title.trim(),
      region_name: this.region_name.trim(),
      starts_on: this.starts_on,
      ends_on: this.ends_on,
      annual_budget_cents: Math.round((typedNumber(this.budget) ?? 0) * 100),
      annual_jobs_target: Math.round(typedNumber(this.jobs) ?? 0),
      given_name: this.given_name.trim(),
      usual_name: this.usual_name.trim(),
      email: this.email.trim(),
      password: this.password,
    };
  }
}

function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}
