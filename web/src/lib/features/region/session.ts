/** One file of a session: what is typed about its decision, and what was wrong with it; `replaces` is the version of
 * somebody else's preparation that stands beside it. */
import type { DecisionForm } from './form.ts';

export type SessionLine = { id: string; form: DecisionForm; errors: Record<string, string>; wrong: string | null; replaces: number | null };
