/** People, their roles and their links, as the administration keeps them. */
import { api, path } from '#lib/api/client.ts';
import type { Body, College, IssuedLink, ListedPerson, OrganisationRef } from '#lib/api/shapes.ts';

export type Lists = { people: ListedPerson[]; organisations: OrganisationRef[]; bodies: Body[]; colleges: College[] };
export type NewMandate = { role: string; body_id: string | null };
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

  async addMandate(person: ListedPerson, mandate: NewMandate): Promise<void> {
    await api.post<unknown>(path`/api/people/${person.person_id}/mandates`, mandate);
    await this.#again();
  }

  async endMandate(mandateId: string): Promise<void> {
    await api.delete(path`/api/mandates/${mandateId}`);
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
  member: ['commission'],
  facilitator: ['commission'],
  co_president: ['commission'],
  observer: ['commission'],
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
