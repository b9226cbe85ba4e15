/** The words of the acts on a proposal: each transition as a verb. */
import { m } from '#lib/paraglide/messages.js';

const acts: Record<string, () => string> = {
  T02: m.act_t02,
  T03: m.act_t03,
  T04: m.act_t04,
  T05: m.act_t05,
  T06: m.act_t06,
  T07: m.act_t07,
  T08: m.act_t08,
  T09: m.act_t09,
  T10: m.act_t10,
  T11: m.act_t11,
  T12: m.act_t12,
  T13: m.act_t13,
  T28: m.act_t28,
  T31: m.act_t31,
  T32: m.act_t32,
};

/** The act as a verb: what its button says. */
export const actWord = (transition: string): string => acts[transition]?.() ?? transition;
