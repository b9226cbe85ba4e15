import { expect, test } from 'vitest';

import type { Proposal } from '#lib/api/shapes.ts';
import { jobsTable } from './tables';

type Sheet = Proposal['sheet'];
type Job = Sheet['jobs'][number];

const line = (change: Partial<Job>): Job => ({
  row_id: 'row',
  version: 1,
  changed_by: null,
  changed_at_ms: null,
  founding_answer: null,
  employer_siret: null,
  territories: [],
  evidence: null,
  overlap_percent: null,
  kind: 'direct',
  nature: 'created',
  stage: 'forecast',
  posts: 10,
  fte_hundredths: 850,
  women: 6,
  men: 4,
  undisclosed: 0,
  contract: 'cdi',
  duration_months: null,
  effect_year: 2027,
  sector: null,
  confidence: 'C',
  note: null,
  ...change,
});
const totals = (...jobs: Job[]) => jobsTable({ jobs, origins: [] } as unknown as Sheet).lines.filter((each) => each.total);

test('what is forecast and what is realised are never one total', () => {
  const both = totals(line({ posts: 12 }), line({ stage: 'realised', posts: 5 }), line({ stage: 'realised', posts: 2 }));
  expect(both.map((total) => total.cells.posts)).toEqual(['12', '7']);
  expect(new Set(both.map((total) => total.cells.kind)).size).toBe(2);
});

test('an induced estimate is added to nothing', () => {
  expect(totals(line({ posts: 3 }), line({ kind: 'induced', posts: 300 })).map((total) => total.cells.posts)).toEqual(['3']);
  expect(totals(line({ kind: 'induced' }))).toEqual([]);
});
