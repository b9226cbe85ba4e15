/** Finding people in a list as one types: every word, in any order, accents or not; and how authors are named. */
import type { Act, AuthorRef, Person } from '#lib/api/shapes.ts';
import { fullName } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

const plain = (words: string): string =>
  words
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase();

/** The people whose name or organisation holds every word typed. */
export function matching(people: Person[], typed: string): Person[] {
  const words = plain(typed).split(/\s+/).filter(Boolean);
  if (words.length === 0) return people;
  return people.filter((person) => {
    const known = plain([person.given_name, person.usual_name, person.organisation?.name ?? '', person.organisation?.short_name ?? ''].join(' '));
    return words.every((word) => known.includes(word));
  });
}

/** An author's name, and in brackets the organisation they acted for then. */
export function authorName(author: AuthorRef): string {
  if (author.account_id === null) return m.authors_unknown();
  const name = author.person ? fullName(author.person) : m.authors_somebody();
  return author.organisation ? `${name} (${author.organisation.short_name || author.organisation.name})` : name;
}

/** Who did an act, named; a mark of omission when nobody is. */
export const nameOf = (act: Pick<Act, 'person'>): string => (act.person ? fullName(act.person) : '\u2026');
