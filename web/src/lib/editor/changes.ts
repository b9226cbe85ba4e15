/** Says politely what others change: gathered, and never more often than one can listen to. */
import type * as Y from 'yjs';

import { SECTIONS, type SectionKey } from './sections.ts';

/** One sentence's worth: who (unknown for a deletion), where. */
export interface RemoteChange {
  name: string | null;
  section: SectionKey;
}

type Options = {
  nameOf: (client: number) => string | null;
  say: (changes: RemoteChange[]) => void;
  /** Milliseconds: gather before the first sentence, and rest between two. */
  gather?: number;
  rest?: number;
};

/** Watches a document until the answer is called. */
export function watchChanges(doc: Y.Doc, { nameOf, say, gather = 1_500, rest = 12_000 }: Options): () => void {
  const waiting = new Map<string, RemoteChange>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  // A clock that is set back must not silence it.
  let spoke = -Infinity;

  const speak = (): void => {
    timer = null;
    spoke = performance.now();
    say([...waiting.values()]);
    waiting.clear();
  };
  const changed = (section: SectionKey, transaction: Y.Transaction): void => {
    if (transaction.local) return;
    let name: string | null = null;
    for (const [client, clock] of transaction.afterState) {
      if ((transaction.beforeState.get(client) ?? 0) < clock) name ??= nameOf(client);
    }
    waiting.set(`${section}/${name ?? ''}`, { name, section });
    timer ??= setTimeout(speak, Math.max(gather, spoke + rest - performance.now()));
  };
  const watched = SECTIONS.map((section) => {
    const fragment = doc.getXmlFragment(section);
    const observer = (_: unknown, transaction: Y.Transaction): void => changed(section, transaction);
    fragment.observeDeep(observer);
    return () => fragment.unobserveDeep(observer);
  });
  return () => {
    if (timer !== null) clearTimeout(timer);
    for (const stop of watched) stop();
  };
}
