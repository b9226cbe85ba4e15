/**
 * The threads beside one proposal: read, kept up to date when others write, and the acts of this
 * person. The page is never moved by what others say: lists change, the focus and the scroll do not.
 */
import { ApiProblem, api, path } from '#lib/api/client.ts';
import type { Me, Person, Thread, ThreadPage } from '#lib/api/shapes.ts';
import { fullName } from '#lib/i18n/format.ts';
import { m } from '#lib/paraglide/messages.js';
import { Drafts } from './drafts.ts';
import { kindWord, placeTitle } from './words.ts';

/** What is said, with the id made for it. */
export type Saying = { id: string; body: string; mentions: string[] };
/** Which threads are shown in the list of all. */
export type Show = 'open' | 'waiting' | 'mine' | 'all';

/** The server's largest page. */
const PAGE = 100;
/** Others' words are announced together, at most once in this time. */
const HEARD_EVERY_MS = 4_000;

export class Threads {
  all = $state.raw<Thread[]>([]);
  state = $state<'loading' | 'ready' | 'refused'>('loading');
  /** Whether the last reading failed: what is shown may be old. */
  failed = $state(false);
  may = $state.raw<string[]>([]);
  /** The section whose threads are open beside it (`whole` for all of it). */
  opened = $state<string | null>(null);
  /** The thread to be brought into view, once it is there. */
  wanted = $state.raw<{ id: string; where: 'center' | 'nearest' } | null>(null);
  /** What others said just now, to be read out. */
  heard = $state('');
  readonly drafts: Drafts;
  readonly me: Me;

  #proposal: string;
  #baseline: number | null = null;
  #page: ThreadPage | null = null;
  #seen = 0;
  #reading: Promise<void> | null = null;
  #again = false;
  /** Threads all of whose replies are shown. */
  #whole = new Set<string>();
  #pending: string[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ended = false;
  /** Whether what is shown came with the page, just now. */
  #given = false;

  /** `first` is what came with the page. */
  constructor(proposal: string, me: Me, first: ThreadPage | null = null, drafts = new Drafts(me.account_id, proposal)) {
    this.#proposal = proposal;
    this.me = me;
    this.drafts = drafts;
    if (first && first.next_cursor === null) {
      this.#show(first.threads, first);
      this.#given = true;
    }
  }

  get mayComment(): boolean {
    return this.may.includes('comment');
  }

  /** The threads of a section, the open ones first, each in order of opening. */
  on(section: string): Thread[] {
    return this.all.filter((thread) => (thread.section ?? 'whole') === section).sort(inOrder);
  }

  /** The threads of a list, the last opened first: an order that no reply changes under the reader. */
  show(what: Show): Thread[] {
    const kept: Record<Show, (thread: Thread) => boolean> = {
      open: (thread) => thread.closing === null,
      waiting: (thread) => thread.unanswered,
      mine: (thread) => thread.mine,
      all: () => true,
    };
    return this.all.filter(kept[what]).sort((a, b) => opened(b) - opened(a));
  }

  /** How many of these threads hold something new since the last visit. */
  fresh(threads: Thread[]): number {
    return threads.filter((thread) => thread.messages.some((message) => this.isNew(message))).length;
  }

  /** Whether somebody else wrote it since the last visit. */
  isNew(message: { author: Person; created_at_ms: number }): boolean {
    return this.#baseline !== null && message.created_at_ms > this.#baseline && message.author.person_id !== this.me.person.person_id;
  }

  /** Reads them again; asked while reading, it reads once more after. */
  read(): Promise<void> {
    if (this.#given) {
      this.#given = false;
      this.#note(this.all, this.#page);
      return Promise.resolve();
    }
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#readAll().finally(() => {
      this.#reading = null;
      if (this.#again && !this.#ended) {
        this.#again = false;
        void this.read();
      }
    });
    return this.#reading;
  }

  async #readAll(): Promise<void> {
    try {
      const threads: Thread[] = [];
      let page: ThreadPage;
      let cursor: string | null = null;
      do {
        page = await api.get<ThreadPage>(path`/api/proposals/${this.#proposal}/threads`, { query: { limit: PAGE, cursor } });
        threads.push(...page.threads);
        cursor = page.next_cursor;
      } while (cursor !== null);
      for (const [at, thread] of threads.entries()) {
        if (this.#whole.has(thread.thread_id) && thread.messages.length <= thread.replies_count) {
          threads[at] = await api.get<Thread>(path`/api/threads/${thread.thread_id}`);
        }
      }
      if (this.state === 'ready') this.#listen(threads);
      this.#show(threads, page);
      this.#note(threads, page);
    } catch (failure) {
      if (failure instanceof ApiProblem && (failure.status === 403 || failure.status === 404)) {
        this.all = [];
        this.may = [];
        this.state = 'refused';
      } else {
        this.failed = true;
      }
    }
  }

  #show(threads: Thread[], page: ThreadPage): void {
    this.#baseline ??= page.seen_at_ms ?? page.read_at_ms;
    this.#page = page;
    this.may = page.may;
    this.all = threads;
    this.state = 'ready';
    this.failed = false;
  }

  /** Says that this was read, when there was something to read and somebody to read it. */
  #note(threads: Thread[], page: ThreadPage | null): void {
    if (page === null) return;
    const last = Math.max(0, ...threads.flatMap((thread) => thread.messages.map((message) => message.created_at_ms)));
    const looked = typeof document === 'undefined' || document.visibilityState === 'visible';
    const known = Math.max(page.seen_at_ms ?? 0, this.#seen);
    if (!looked || (known > 0 && last <= known)) return;
    this.#seen = page.read_at_ms;
    // Not noted, it stays new for the next visit.
    api.put(path`/api/proposals/${this.#proposal}/threads/seen`, { read_at_ms: page.read_at_ms }).catch(() => {});
  }

  /** Says who said what since, all at once and not too often. */
  #listen(threads: Thread[]): void {
    const before = new Map(this.all.map((thread) => [thread.thread_id, thread]));
    for (const thread of threads) {
      const was = before.get(thread.thread_id);
      if (was?.version === thread.version) continue;
      const section = placeTitle(thread.section);
      const known = new Set(was?.messages.map((message) => message.message_id));
      const others = thread.messages.filter((message) => !known.has(message.message_id) && message.author.person_id !== this.me.person.person_id);
      const last = others.at(-1);
      if (last && !was) this.#pending.push(m.heard_opened({ name: fullName(last.author), kind: kindWord(thread.kind), section }));
      else if (last) this.#pending.push(m.heard_replied({ name: fullName(last.author), section }));
      else if (was && !was.closing && thread.closing && thread.closing.person?.person_id !== this.me.person.person_id) this.#pending.push(m.heard_closed({ section }));
    }
    if (this.#pending.length === 0 || this.#timer !== null) return;
    this.#announce();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#announce();
    }, HEARD_EVERY_MS);
  }

  #announce(): void {
    if (this.#pending.length === 0) return;
    this.heard = this.#pending.slice(-3).join('. ');
    this.#pending = [];
  }

  /** Opens a thread. */
  async begin(section: string, kind: string, saying: Saying): Promise<void> {
    const { id: thread_id, ...text } = saying;
    this.#take(await api.post<Thread>(path`/api/proposals/${this.#proposal}/threads`, { thread_id, section: section === 'whole' ? null : section, kind, ...text }));
  }

  async reply(thread: string, saying: Saying): Promise<void> {
    const { id: message_id, ...text } = saying;
    this.#take(await api.post<Thread>(path`/api/threads/${thread}/replies`, { message_id, ...text }));
  }

  async edit(thread: string, saying: Saying): Promise<void> {
    const { id, ...text } = saying;
    this.#take(await api.patch<Thread>(path`/api/threads/${thread}/messages/${id}`, text));
  }

  async withdraw(thread: string, message: string): Promise<void> {
    this.#take(await api.post<Thread>(path`/api/threads/${thread}/messages/${message}/withdrawal`, {}));
  }

  /** Ends it as it was read; when it moved meanwhile, the page shows how it stands. */
  async close(thread: Thread, outcome: string, note: string): Promise<void> {
    try {
      const asked = { outcome, note: note.trim() === '' ? null : note, expected_version: thread.version };
      this.#take(await api.post<Thread>(path`/api/threads/${thread.thread_id}/closing`, asked));
    } catch (failure) {
      void this.read();
      throw failure;
    }
  }

  async reopen(thread: string): Promise<void> {
    this.#take(await api.delete<Thread>(path`/api/threads/${thread}/closing`));
  }

  /** All the replies of one. */
  async whole(thread: string): Promise<void> {
    this.#take(await api.get<Thread>(path`/api/threads/${thread}`));
  }

  async mentionable(typed: string): Promise<Person[]> {
    const { people } = await api.get<{ people: Person[] }>(path`/api/proposals/${this.#proposal}/mentionable`, { query: { q: typed } });
    return people.filter((person) => person.person_id !== this.me.person.person_id);
  }

  /** Brings a thread into view beside its section. Whether there is such a thread. */
  find(id: string): boolean {
    const thread = this.all.find((each) => each.thread_id === id);
    if (!thread) return false;
    this.opened = thread.section ?? 'whole';
    this.wanted = { id, where: 'center' };
    return true;
  }

  /** Gives the focus to a thread one has just acted on. */
  touch(id: string): void {
    this.wanted = { id, where: 'nearest' };
  }

  #take(thread: Thread): void {
    this.#whole.add(thread.thread_id);
    const others = this.all.filter((each) => each.thread_id !== thread.thread_id);
    this.all = [thread, ...others].sort((a, b) => b.activity_at_ms - a.activity_at_ms);
  }

  /** Nothing is announced or read any more. */
  end(): void {
    this.#ended = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

/** Open before closed; then the one opened first. */
function inOrder(a: Thread, b: Thread): number {
  const closed = Number(a.closing !== null) - Number(b.closing !== null);
  return closed || opened(a) - opened(b);
}

function opened(thread: Thread): number {
  return thread.messages[0]?.created_at_ms ?? 0;
}
