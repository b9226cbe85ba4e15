// Waiting for a condition, never for a time.

/** Resolves with the first truthy answer of `ask`; fails with `what` after the deadline. */
export async function until(what, ask, { within = 60_000, every = 20 } = {}) {
  const deadline = performance.now() + within;
  let last;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) throw new Error(`not within ${within} ms: ${what} (last: ${last?.stack ?? last})`);
    await turn(every);
  }
}

/** Lets other work run: between two questions, or between two keystrokes of a made-up person. */
export function turn(ms = 0) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
