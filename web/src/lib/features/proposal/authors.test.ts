import { expect, test } from 'vitest';

import type { Authorship } from '#lib/api/shapes.ts';
import { legendOf } from './authors.svelte.ts';

test('no two lines of a long legend look alike, and sixteen differ without any colour', () => {
  const shares = Array.from({ length: 40 }, (_, at) => ({ organisation: { organisation_id: `org-${at}` }, college: null, chars: 1, share: 1 / 40 }));
  const [group] = legendOf({ colleges: [], shares, unknown_chars: 0, chars: 40 } as unknown as Authorship);
  const lines = group?.lines ?? [];
  expect(new Set(lines.map(({ colour, pattern }) => `${colour}/${pattern}`)).size).toBe(40);
  expect(new Set(lines.slice(0, 16).map(({ pattern }) => pattern)).size).toBe(16);
});
