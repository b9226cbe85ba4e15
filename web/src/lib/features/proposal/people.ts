/** Finding people in a list as one types: every word, in any order, accents or not. */
import type { Person } from '#lib/api/shapes.ts';

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
