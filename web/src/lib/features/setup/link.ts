/** A one-time link as its page needs it: what it opens, or why it does not. */
import { ApiProblem } from '#lib/api/client.ts';

export type Opened<T> = { open: true; value: T } | { open: false; code: string };

export async function opened<T>(answer: Promise<T>): Promise<Opened<T>> {
  try {
    return { open: true, value: await answer };
  } catch (failure) {
    if (failure instanceof ApiProblem && (failure.status === 404 || failure.status === 410)) return { open: false, code: failure.code };
    throw failure;
  }
}
