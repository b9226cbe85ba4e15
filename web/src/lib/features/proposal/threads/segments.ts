/** A message as it is shown: plain words, addresses one can follow, people who are named in it. */
import type { Person } from '#lib/api/shapes.ts';
import { fullName } from '#lib/i18n/format.ts';

export type Segment = { kind: 'words'; text: string } | { kind: 'link'; text: string; href: string } | { kind: 'person'; text: string };

const ADDRESS = /https:\/\/[^\s<>"«»]+/u;
/** What ends a sentence ends no address. */
const AFTER = /[.,;:!?…'’)\]]+$/u;

/** Cuts a message. Only `https` addresses become links; a closing bracket stays when it was opened in the address. */
export function segments(body: string, named: Person[]): Segment[] {
  const people = named.map((person) => `@${fullName(person)}`).sort((a, b) => b.length - a.length);
  const parts: Segment[] = [];
  let rest = body;
  while (rest !== '') {
    const next = first(rest, people);
    if (next === null) break;
    if (next.at > 0) parts.push({ kind: 'words', text: rest.slice(0, next.at) });
    parts.push(next.segment);
    rest = rest.slice(next.at + next.segment.text.length);
  }
  if (rest !== '') parts.push({ kind: 'words', text: rest });
  return parts;
}

function first(text: string, people: string[]): { at: number; segment: Segment } | null {
  const found = ADDRESS.exec(text);
  let next: { at: number; segment: Segment } | null = null;
  if (found) {
    const address = ended(found[0]);
    if (URL.canParse(address)) next = { at: found.index, segment: { kind: 'link', text: address, href: address } };
    else next = { at: found.index, segment: { kind: 'words', text: address } };
  }
  for (const person of people) {
    const at = text.indexOf(person);
    if (at >= 0 && (next === null || at < next.at)) next = { at, segment: { kind: 'person', text: person } };
  }
  return next;
}

function ended(address: string): string {
  const cut = address.replace(AFTER, '');
  const opens = cut.split('(').length - cut.split(')').length;
  return opens > 0 && address[cut.length] === ')' ? `${cut})` : cut;
}

/** The name being typed after an `@` just before the caret, and where the `@` stands. */
export function naming(body: string, caret: number): { at: number; typed: string } | null {
  const found = /(?:^|[\s(«])@([\p{L}\p{M}'’-]*(?: [\p{L}\p{M}'’-]*)?)$/u.exec(body.slice(0, caret));
  if (!found) return null;
  const typed = found[1] ?? '';
  return { at: caret - typed.length - 1, typed };
}
