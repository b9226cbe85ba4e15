import type { HandleClientError } from '@sveltejs/kit';
import { ApiProblem } from '#lib/api/client.ts';

/** Turns a refusal that no page caught into what the error page shows. */
export const handleError: HandleClientError = ({ error, message }) => {
  if (error instanceof ApiProblem) {
    return { message: error.code, code: error.code, trace_id: error.trace_id ?? undefined };
  }
  console.error(error);
  return { message };
};
