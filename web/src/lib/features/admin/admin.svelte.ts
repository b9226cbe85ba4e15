/** People, their roles and their links, as the administration keeps them. */
import { api, path } from '#lib/api/client.ts';
import type { AdminPerson } from '#lib/api/admin.ts';
import type { Body, College, IssuedLink, ListedPerson, OrganisationRef } from '#lib/api/shapes.ts';

export type Lists = { people: ListedPerson[]; organisations: OrganisationRef[]; bodies: Body[]; colleges: College[] };
export type NewMandate = { role: string; body_id: string | null };
export type DatedMandate = NewMandate & { valid_from: string; valid_to: string; seat: string; seat_kind: string; designation_ref: string };
export type NewWork = { organisation_id: string; job_title: string; elected: boolean; from: string };
export type Invitation = {
  email: string;
  given_name: string;
  usual_name: string;
  job_title: string;
  elected: boolean;
  organisation_id?: string;
  organisation?: { name: string; short_name: string; kind: string; college_id: string };
  mandates: NewMandate[];
};

export async function askLists(): Promise<Lists> {
  const [people, organisations, bodies, colleges] = await Promise.all([
    api.get<{ people: ListedPerson[] }>('/api/people'),
    api.get<{ organisations: OrganisationRef[] }>('/api/organisations'),
    api.get<{ bodies: Body[] }>('/api/bodies'),
    api.get<{ colleges: College[] }>('/api/colleges'),
  ]);
  return { ...people, ...organisations, ...bodies, ...colleges };
}

export class Admin {
  people = $state.raw<ListedPerson[]>([]);
  organisations = $state.raw<OrganisationRef[]>([]);
  bodies = $state.raw<Body[]>([]);
  colleges = $state.raw<College[]>([]);

  constructor(lists: Lists) {
    this.#take(lists);
  }

  #take(lists: Lists): void {
    this.people = lists.people;
    this.organisations = lists.organisations;
    this.bodies = lists.bodies;
    this.colleges = lists.colleges;
  }

  /** The server's word after each act: the lists are asked again. */
  async #again(): Promise<void> {
    this.#take(await askLists());
  }

  person(id: string): ListedPerson | undefined {
    return this.people.find((one) => one.person_id === id);
  }

  async invite(invitation: Invitation): Promise<IssuedLink> {
    const link = await api.post<IssuedLink>('/api/invitations', invitation);
    await this.#again();
    return link;
  }

  async newLink(person: ListedPerson): Promise<IssuedLink> {
    const link = await api.post<IssuedLink>(path`/api/people/${person.person_id}/links`);
    await this.#again();
    return link;
  }

  /** A person with their history: affiliations and mandates, ended ones too. */
  detail(id: string): Promise<AdminPerson> {
    return api.get<AdminPerson>(path`/api/administration/people/${id}`);
  }

  /** Whether it waits for a validator. */
  async addMandate(personId: string, mandate: DatedMandate): Promise<boolean> {
    const given = await api.post<{ awaits_validator: boolean }>(path`/api/people/${personId}/mandates`, mandate);
    await this.#again();
    return given.awaits_validator;
  }

  async endMandate(mandateId: string, on: string): Promise<void> {
    await api.delete(path`/api/mandates/${mandateId}`, { query: { on } });
    await this.#again();
  }

  async replace(mandateId: string, by: { person_id: string; from: string; designation_ref: string }): Promise<void> {
    await api.post<unknown>(path`/api/mandates/${mandateId}/replacements`, by);
    await this.#again();
  }

  async rename(person: AdminPerson, name: { given_name: string; usual_name: string }): Promise<void> {
    await api.put(path`/api/administration/people/${person.person_id}`, { ...name, version: person.version });
    await this.#again();
  }

  async changeWork(personId: string, work: NewWork): Promise<void> {
    await api.post<unknown>(path`/api/administration/people/${personId}/affiliations`, work);
    await this.#again();
  }

  async setActive(person: ListedPerson, active: boolean): Promise<void> {
    const to = path`/api/people/${person.person_id}/deactivations`;
    await (active ? api.delete(to) : api.post<unknown>(to));
    await this.#again();
  }
}

/** Which bodies a role is held in; none for a role in the whole programme or one's organisation. */
export const ROLE_BODIES: Record<string, string[]> = {
  member: ['commission', 'working_group'],
  facilitator: ['commission', 'working_group'],
  co_president: ['commission'],
  observer: ['commission', 'working_group'],
  copil_member: ['copil'],
  copil_secretary: ['copil'],
  region_instructor: ['region'],
  region_validator: ['region'],
  org_admin: [],
  admin: [],
};

export const KINDS = [
  'region', 'state', 'department', 'commune', 'epci', 'chamber', 'prides', 'employer_org',
  'trade_union', 'ess_network', 'association', 'company', 'training_body', 'employment_service',
] as const;

/** Whether a person matches what was typed: name, organisation or address; accents and case do not count. */
export function matches(person: ListedPerson, typed: string, roles: string[] = []): boolean {
  const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const whole = plain([person.given_name, person.usual_name, person.email ?? '', person.organisation?.name ?? '', person.organisation?.short_name ?? '', ...roles].join(' '));
  return plain(typed).split(/\s+/).every((word) => whole.includes(word));
}
