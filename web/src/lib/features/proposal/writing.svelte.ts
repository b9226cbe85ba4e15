/** Writing on the proposal page: loads the editor, opens the live document, and gives both back at the end. */
import { api, path } from '#lib/api/client.ts';
import type { DocumentHead, Me, Proposal } from '#lib/api/shapes.ts';
import { fullName } from '#lib/i18n/format.ts';
import { databaseNames, documentPrefix } from '#lib/live/database.ts';
import type { LiveDocument } from '#lib/live/document.svelte.ts';
import type { KeptCopy } from '#lib/live/copies.ts';

type Kit = typeof import('#lib/editor/kit.ts');
type Parts = typeof import('./pen-parts.ts');

/** An open pen: the loaded editor, its bench, the page's parts for it, and the document it writes in. */
export interface Pen {
  kit: Kit;
  parts: Parts;
  live: LiveDocument;
  bench: InstanceType<Kit['Bench']>;
  user: { name: string; organisation: string };
}

/** What a section's editor showed last, and the log position that the text had reached then. */
export interface LastText {
  html: string;
  seq: number;
}

const LEAVE_AFTER_MS = 4_000;
const LINGER_MS = 60_000;
/** The longest a timer can wait. */
const FOREVER_MS = 2 ** 31 - 1;

export class Writing {
  pen = $state.raw<Pen | null>(null);
  opening = $state(false);
  failed = $state(false);
  /** Copies of this text that could not be sent, kept for their author. */
  copies = $state.raw<KeptCopy[]>([]);
  #me: Me;
  #turn = 0;

  constructor(me: Me) {
    this.#me = me;
  }

  /** Begins to write. */
  async begin(document: string): Promise<void> {
    if (this.pen || this.opening) return;
    const turn = ++this.#turn;
    this.opening = true;
    this.failed = false;
    try {
      const [parts, [kit, live]] = await Promise.all([import('./pen-parts.ts'), this.#live(document)]);
      if (turn !== this.#turn) return void live.close();
      await live.open();
      if (turn !== this.#turn) return void live.close();
      this.pen = { kit, parts, live, bench: new kit.Bench(), user: this.#user() };
    } catch {
      if (turn === this.#turn) this.failed = true;
    } finally {
      if (turn === this.#turn) this.opening = false;
    }
  }

  /**
   * Puts the pen down: `saved`, or `kept` on this device and still being sent. Words that only this
   * page holds would be lost: it `stays` in hand, unless their author gave them up (`abandon`).
   */
  async finish(abandon = false): Promise<'saved' | 'kept' | 'stays'> {
    const pen = this.pen;
    this.opening = false;
    if (!pen) {
      this.#turn += 1;
      return 'saved';
    }
    const saved = !abandon && (await pen.live.whenSaved(LEAVE_AFTER_MS));
    if (!abandon && pen.live.holdsAlone) return 'stays';
    this.#turn += 1;
    this.pen = null;
    if (saved || abandon) await pen.live.close();
    else this.#linger(pen.live);
    return saved ? 'saved' : 'kept';
  }

  /** The page is left: what is unsent goes on being sent while this tab lives. */
  leave(): void {
    const pen = this.pen;
    this.#turn += 1;
    this.opening = false;
    this.pen = null;
    if (pen) this.#linger(pen.live);
  }

  #linger(live: LiveDocument): void {
    const limit = live.kept ? LINGER_MS : FOREVER_MS;
    void live.whenSaved(limit).then(() => live.close());
  }

  /** Sends what an earlier visit left unsent. Answers whether something was sent. */
  async sendLeftovers(document: string): Promise<boolean> {
    const account = this.#me.account_id;
    // Only then is there anything to load: the reading page stays light.
    if ((await databaseNames(documentPrefix(account, document))).length === 0) return false;
    const { unsentCount } = await import('#lib/live/copies.ts');
    await this.readCopies(document);
    if ((await unsentCount(account, document)) === 0 || this.pen || this.opening) return false;
    const turn = this.#turn;
    const [, live] = await this.#live(document);
    if (turn !== this.#turn) return false;
    await live.open();
    const some = live.pending > 0;
    const sent = some && (await live.whenSaved(LINGER_MS));
    await live.close();
    await this.readCopies(document);
    return sent && live.unsent === null && live.late === 0;
  }

  /** Reads the copies that were set aside. */
  async readCopies(document: string): Promise<void> {
    try {
      const [{ keptCopies }, head] = await Promise.all([import('#lib/live/copies.ts'), this.#head(document)]);
      this.copies = await keptCopies({ account: this.#me.account_id, document, lineage: head.lineage });
    } catch {
      // Without the server or the browser's store there is nothing to show; nothing is lost either.
    }
  }

  async discard(copy: KeptCopy): Promise<void> {
    const { discardCopy } = await import('#lib/live/copies.ts');
    await discardCopy(copy.name);
    this.copies = this.copies.filter((each) => each.name !== copy.name);
  }

  async #live(document: string): Promise<[Kit, LiveDocument]> {
    const [kit, head] = await Promise.all([import('#lib/editor/kit.ts'), this.#head(document)]);
    const live = new kit.LiveDocument({
      document,
      account: this.#me.account_id,
      lineage: head.lineage,
      may: head.may,
      user: this.#user(),
      base: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`,
    });
    return [kit, live];
  }

  #head(document: string): Promise<DocumentHead> {
    return api.get<DocumentHead>(path`/api/documents/${document}`);
  }

  #user(): Pen['user'] {
    const { person } = this.#me;
    return { name: fullName(person), organisation: person.organisation?.short_name ?? '' };
  }
}

/** Whether this person may begin to write here. */
export function mayWrite(proposal: Proposal): boolean {
  return proposal.may.includes('edit_text');
}
