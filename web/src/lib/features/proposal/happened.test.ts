import { describe, expect, it } from 'vitest';
import type { Act } from '#lib/api/shapes.ts';
import { TRANSITIONS } from '#lib/i18n/acts.ts';

import { m } from '#lib/paraglide/messages.js';
import { actLine, isMove } from './act-lines.ts';
import { closedBy, happened } from './happened.ts';

const act = (name: string, to_stage: string | null, at: number): Act => ({
  act: name,
  created_at_ms: at,
  person: { person_id: 'p', given_name: 'Ines', usual_name: 'Prototype', organisation: null },
  capacity: null,
  from_stage: null,
  to_stage,
  note: null,
  version_id: null,
  version_rank: null,
  completion_request: null,
  related: [],
});

describe('what happened to an open page', () => {
  const drafting = { history: [act('T02', 'drafting', 1)] };

  it('is said for every transition, each in its own words, by whom', () => {
    const said = TRANSITIONS.map(([transition]) => happened(drafting, { history: [...drafting.history, act(transition, transition === 'T07' ? null : 'x', 2)] }));
    expect(said.every((sentence) => sentence?.includes('Ines Prototype'))).toBe(true);
    // T06 and T31 both close without follow-up.
    expect(new Set(said).size).toBeGreaterThanOrEqual(TRANSITIONS.length - 1);
  });

  it('is said of requests, and of nothing else', () => {
    const after = (name: string) => happened(drafting, { history: [...drafting.history, act(name, null, 2)] });
    expect(after('asked:T06')).toContain('Classer sans suite');
    expect(after('declined:T06')).toContain('refuse');
    expect(after('cancelled:T06')).toContain('retire');
    expect(after('rename')).toBeNull();
    expect(happened(drafting, drafting)).toBeNull();
  });

  it('is not told to who did it', () => {
    const now = { history: [...drafting.history, act('T03', 'submitted', 2)] };
    expect(happened(drafting, now, 'p')).toBeNull();
    expect(happened(drafting, now, 'q')).not.toBeNull();
  });

  it('says to who was writing what closed the text', () => {
    const history = [...drafting.history, act('T08', 'frozen', 2)];
    expect(closedBy({ stage: 'in_commission', history })).toBe(m.writing_closed());
    expect(closedBy({ stage: 'frozen', history })).toMatch(/figée.+Ines Prototype.+mis à part|figée.+Ines Prototype.+conservé à part/);
  });
});

describe('the history', () => {
  it('has words for every act', () => {
    for (const [transition] of TRANSITIONS) {
      expect(actLine(act(transition, 'x', 1))).not.toBe(transition);
      expect(actLine(act(`asked:${transition}`, null, 1))).not.toContain('asked');
    }
    expect(isMove(act('asked:T06', null, 1))).toBe(true);
    expect(isMove(act('T07', null, 1))).toBe(true);
    expect(isMove(act('rename', null, 1))).toBe(false);
  });
});
