/** What an invitation asks, as typed. */
import { m } from '#lib/paraglide/messages.js';
import { ROLE_BODIES, type Invitation } from './admin.svelte.ts';

/** The choice of an organisation that is not known yet. */
export const NEW = 'new';

export class InviteForm {
  given_name = $state('');
  usual_name = $state('');
  email = $state('');
  job_title = $state('');
  elected = $state(false);
  organisation_id = $state('');
  new_name = $state('');
  new_short = $state('');
  new_kind = $state('');
  new_college = $state('');
  role = $state('');
  body_id = $state('');
  wrong = $state<Record<string, string>>({});

  check(): boolean {
    const wrong: Record<string, string> = {};
    for (const field of ['given_name', 'usual_name', 'organisation_id'] as const) if (!this[field].trim()) wrong[field] = m.field_required();
    if (!/^\S+@\S+$/.test(this.email.trim())) wrong.email = m.field_email();
    if (this.organisation_id === NEW) {
      const asked = { name: this.new_name, short_name: this.new_short, kind: this.new_kind, college_id: this.new_college };
      for (const [field, value] of Object.entries(asked)) if (!value.trim()) wrong[`organisation.${field}`] = m.field_required();
    }
    if (this.role && ROLE_BODIES[this.role]?.length && !this.body_id) wrong.mandates = m.field_required();
    this.wrong = wrong;
    return Object.keys(wrong).length === 0;
  }

  body(): Invitation {
    const organisation =
      this.organisation_id === NEW
        ? { organisation: { name: this.new_name.trim(), short_name: this.new_short.trim(), kind: this.new_kind, college_id: this.new_college } }
        : { organisation_id: this.organisation_id };
    return {
      email: this.email.trim(),
      given_name: this.given_name.trim(),
      usual_name: this.usual_name.trim(),
      job_title: this.job_title.trim(),
      elected: this.elected,
      ...organisation,
      mandates: this.role ? [{ role: this.role, body_id: this.body_id || null }] : [],
    };
  }
}
