import { describe, expect, it } from 'vitest';
import type { Act } from '#lib/api/shapes.ts';

import { happened, pointsOf } from './deposit.ts';

const act = (name: string, to_stage: string | null, at: number): Act => ({
  act: name,
  created_at_ms: at,
  person: { person_id: 'p', given_name: 'Ines', usual_name: 'Prototype', organisation: null },
  from_stage: null,
  to_stage,
  note: null,
  completion_request: null,
});

describe('the words around a deposit', () => {
  it('takes one point a line', () => {
    expect(pointsOf('- Le calendrier\n\n \u2022 L\u2019accord \nautre')).toEqual(['Le calendrier', 'L\u2019accord', 'autre']);
    expect(pointsOf(' \n ')).toEqual([]);
  });

  it('says who froze and who reopened, and nothing else', () => {
    const drafting = { stage: 'drafting', history: [act('T02', 'drafting', 1)] };
    const submitted = { stage: 'submitted', history: [...drafting.history, act('T03', 'submitted', 2), act('rename', null, 3)] };
    const again = { stage: 'drafting', history: [...submitted.history, act('T05', 'drafting', 4)] };
    expect(happened(drafting, submitted)).toContain('Ines Prototype');
    expect(happened(submitted, again)).toContain('Ines Prototype');
    expect(happened(drafting, submitted)).not.toBe(happened(submitted, again));
    expect(happened(drafting, { ...drafting, history: [...drafting.history, act('rename', null, 3)] })).toBeNull();
    expect(happened(drafting, drafting)).toBeNull();
  });
});
