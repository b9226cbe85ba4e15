import { afterEach, beforeEach, expect, test } from 'vitest';
import { overwriteGetLocale, type Locale } from '#lib/paraglide/runtime.js';
import { date, dateTime, day, daysSince, euros, list, millions, number, percent, shortDate, time, weekday } from './format.ts';

let spoken: Locale = 'fr';
overwriteGetLocale(() => spoken);
beforeEach(() => void (spoken = 'fr'));
afterEach(() => void (spoken = 'fr'));

/** Spaces of any width as one, to read the expectations. */
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');
const AT = Date.parse('2026-11-23T13:30:00Z');

test('dates and times are those of Paris, as French writes them', () => {
  expect(plain(date(AT))).toBe('23 novembre 2026');
  expect(plain(time(AT))).toBe('14 h 30');
  expect(plain(dateTime(AT))).toBe('23 novembre 2026 à 14 h 30');
  expect(plain(time(Date.parse('2026-07-01T07:00:00Z')))).toBe('9 h');
  expect(plain(time(Date.parse('2026-07-01T22:05:00Z')))).toBe('0 h 05');
});

test('the first of the month is an ordinal; the year is said when it is another', () => {
  expect(plain(day('2026-12-01'))).toBe('1er décembre 2026');
  expect(plain(weekday(Date.parse('2026-12-08T13:00:00Z'), AT))).toBe('mardi 8 décembre');
  expect(plain(weekday(Date.parse('2027-01-12T13:00:00Z'), AT))).toBe('mardi 12 janvier 2027');
  expect(plain(shortDate(AT, AT))).toBe('23 nov.');
  expect(plain(shortDate(AT, Date.parse('2027-06-01T00:00:00Z')))).toBe('23 nov. 2026');
});

test('a day does not slip over the change of the clocks', () => {
  expect(plain(day('2026-03-29'))).toBe('29 mars 2026');
  expect(plain(day('2026-10-25'))).toBe('25 octobre 2026');
});

test('numbers and amounts keep their units on the same line', () => {
  expect(number(10_000)).toBe('10\u202f000');
  expect(plain(euros(123_450))).toBe('1 234,50 €');
  expect(plain(euros(11_800_000))).toBe('118 000 €');
  expect(plain(millions(9_740_000_000))).toBe('97,4 M€');
  expect(plain(millions(2_300_000))).toBe('23 000 €');
  expect(percent(0.915)).toBe('92\u202f%');
  expect(euros(100)).not.toContain(' ');
});

test('English has its own forms', () => {
  spoken = 'en';
  expect(plain(date(AT))).toBe('23 November 2026');
  expect(time(AT)).toBe('14:30');
  expect(number(10_000)).toBe('10,000');
  expect(euros(123_450)).toBe('€1,234.50');
});

test('lists read as sentences; days are whole and never negative', () => {
  expect(list(['Ada', 'Bo', 'Cy'])).toBe('Ada, Bo et Cy');
  expect(daysSince(AT, AT + 86_400_000 * 2 + 5)).toBe(2);
  expect(daysSince(AT + 1000, AT)).toBe(0);
});
