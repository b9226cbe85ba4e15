/** What a proposal would bring and asks for, in one quiet line; nothing where the sheet says nothing. */
import type { BoardRow } from '#lib/api/shapes.ts';
import { euros, number } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';

export function sumsOf(row: Pick<BoardRow, 'posts' | 'request_cents'>): string {
  const posts = row.posts > 0 && m.board_posts({ count: row.posts, shown: number(row.posts) });
  const request = row.request_cents > 0 && m.board_request({ amount: euros(row.request_cents) });
  return [posts, request].filter(Boolean).join(' · ');
}
