/** What a page's `load` does with a refusal: the error page with the right status. */
import { error } from '@sveltejs/kit';
import { ApiProblem } from './problem.ts';

export async function orErrorPage<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (failure) {
    if (!(failure instanceof ApiProblem)) throw failure;
    const status = failure.status >= 400 ? failure.status : 503;
    error(status, { message: failure.code, code: failure.code, trace_id: failure.trace_id ?? undefined });
  }
}
