/** Points of a text's history in words. */
import type { HistoryPoint } from '#lib/api/shapes.ts';
import { fullName, number, time, weekday } from '#lib/i18n/format.ts';
import { locale } from '#lib/i18n/locale.ts';
import { stageWord } from '#lib/i18n/words.ts';
import { m } from '#lib/paraglide/messages.js';

const DAY_MS = 86_400_000;

/** `Aujourd’hui`, `Hier`, `mardi 8 décembre`. */
export function dayWord(ms: number, now: number = Date.now()): string {
  const name = weekday(ms, now);
  if (name === weekday(now, now)) return m.past_today();
  if (name === weekday(now - DAY_MS, now)) return m.past_yesterday();
  return name;
}

/** `hier à 14 h 05`, to stand in a sentence. */
export function momentWord(ms: number): string {
  const day = dayWord(ms);
  return m.past_moment({ day: day.charAt(0).toLowerCase() + day.slice(1), time: time(ms) });
}

/** What happened there, when it is more than writing. */
export function kindWord(point: HistoryPoint): string | null {
  if (point.kind === 'stage') return m.past_kind_stage({ stage: stageWord(point.to_stage ?? '') });
  const words: Record<string, () => string> = { restoration: m.past_kind_restoration, deletion: m.past_kind_deletion, damaged: m.past_kind_damaged };
  return words[point.kind]?.() ?? null;
}

/** Who was there, by name: an order by how much each wrote would read as a ranking. */
export function peopleOf(point: HistoryPoint): HistoryPoint['people'] {
  return [...point.people].sort((one, two) => fullName(one).localeCompare(fullName(two), locale()));
}

/** `Awa Diallo, Ville de Marseille`, or the first of several. */
export function whoWord(point: HistoryPoint): string {
  const [first, ...others] = peopleOf(point);
  if (!first) return point.kind === 'damaged' ? '' : m.past_somebody();
  const organisation = first.organisation?.short_name || first.organisation?.name;
  if (others.length > 0) return m.past_more_people({ name: fullName(first), count: others.length, shown: number(others.length) });
  return organisation ? `${fullName(first)}, ${organisation}` : fullName(first);
}

/** `+ 320 signes`, `− 12 signes`. */
export function sizeWords(point: HistoryPoint): string[] {
  const words = [];
  if (point.added_chars > 0) words.push(m.past_added({ count: point.added_chars, shown: number(point.added_chars) }));
  if (point.removed_chars > 0) words.push(m.past_removed({ count: point.removed_chars, shown: number(point.removed_chars) }));
  return words;
}

/** All of it in one line, for a slider's value. */
export function pointWord(point: HistoryPoint): string {
  const moment = m.past_moment({ day: dayWord(point.ended_at_ms), time: time(point.ended_at_ms) });
  return [moment, kindWord(point), whoWord(point), ...sizeWords(point)].filter(Boolean).join(', ');
}

/** The form that stands for what happened; the word stands beside it. */
export function shape(point: HistoryPoint): string {
  const shapes: Record<string, string> = { stage: '◆', restoration: '↺', deletion: '▼', damaged: '×' };
  return shapes[point.kind] ?? '●';
}

/** An author's mark under the slider. */
export interface AuthorMark {
  at: number;
  initials: string;
  title: string;
}

/** Two marks stand at least so far apart, as a share of the slider: they would cover each other. */
const MARK_APART = 0.035;

/** Whose moments these are: a mark where the writers change, as far as there is room. */
export function authorMarks(points: HistoryPoint[]): AuthorMark[] {
  const marks: AuthorMark[] = [];
  let writers = '';
  points.forEach((point, at) => {
    const people = peopleOf(point);
    if (point.kind !== 'edits' || people.length === 0) return;
    const key = people.map((person) => person.person_id).join();
    const last = marks.at(-1);
    if (key === writers || (last && (at - last.at) / Math.max(1, points.length - 1) < MARK_APART)) return;
    writers = key;
    const [first, ...others] = people;
    const initials = first ? first.given_name.charAt(0) + first.usual_name.charAt(0) : '';
    marks.push({ at, initials: others.length > 0 ? `${initials}+` : initials, title: pointWord(point) });
  });
  return marks;
}
