// What the scripts that record real editors into fixtures have in common.

import { Chantier } from '../../support/chantier.mjs';
import { closeBrowser } from './visitor.mjs';

/** Calls `record(server, story)` for each story that the command line names, or for all, beside one server that is thrown away. */
export async function recordEach(stories, record) {
  const wanted = process.argv.slice(2);
  const server = await Chantier.start();
  try {
    for (const story of Object.keys(stories)) {
      if (wanted.length === 0 || wanted.includes(story)) await record(server, story);
    }
  } finally {
    await closeBrowser();
    await server.discard();
  }
}
