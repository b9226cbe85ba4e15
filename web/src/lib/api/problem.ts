/** What the server refused or could not do, as a value to match on. Sentences live in the messages. */
export class ApiProblem extends Error {
  /** The HTTP status; 0 when no answer came. */
  readonly status: number;
  /** The stable code; `offline` when no answer came. */
  readonly code: string;
  /** What is wrong, by field of the request. */
  readonly fields: Readonly<Record<string, string>>;
  /** The rule that refused, e.g. `T02`. */
  readonly rule: string | null;
  /** When to come back, in seconds. */
  readonly retry_after_s: number | null;
  readonly limit_bytes: number | null;
  /** Where the server logged the cause. */
  readonly trace_id: string | null;
  /** A conflict's thing as it is now, where the server sends it. */
  readonly now: unknown;

  constructor(status: number, body: ProblemBody) {
    super(body.code);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = body.code;
    this.fields = Object.fromEntries((body.errors ?? []).map((one) => [one.field, one.code]));
    this.rule = body.rule ?? null;
    this.retry_after_s = body.retry_after_s ?? null;
    this.limit_bytes = body.limit_bytes ?? null;
    this.trace_id = body.trace_id ?? null;
    this.now = body.now ?? null;
  }
}

/** The wire's `application/problem+json`, as far as the client reads it. */
export type ProblemBody = {
  code: string;
  rule?: string | null;
  errors?: { field: string; code: string }[];
  retry_after_s?: number | null;
  limit_bytes?: number | null;
  trace_id?: string | null;
  now?: unknown;
};
