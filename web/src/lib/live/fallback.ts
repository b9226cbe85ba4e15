/**
 * A live connection where no WebSocket gets through, with the interface of one: frames go up in
 * POSTs and come down by an event stream, or by long polling where even that is held up. Everything
 * above it - the sync protocol, what is saved, who is here - is the same.
 *
 * Parts are numbered both ways: what an answer lost is asked again, what a request lost is sent
 * again, and neither is skipped or taken twice.
 */
import { raw } from '../api/client';
import { withSlot, type Slot } from './slots';
import { Events, Frames, fromBase64, joined, measured } from './stream';

/** A request that lasts, and how long it may be silent, in ms. */
const STREAM_BEGINS = 3_000;
const STREAM_SILENT = 15_000;
const ANSWER_LATE = 10_000;
/** After something was sent that is always answered, the stream must carry within so long. */
const ANSWERED = 4_000;
/** How long the server may hold an answer back. */
const HOLD_S = 20;
/** Between two brief requests. */
const BRIEF_PAUSE = 1_500;
/** A line that answers nothing for so long is lost. */
const LOST = 8_000;
/** The server forgets who asks for nothing; a long stream asks for nothing. */
const HEARTBEAT = 25_000;
/** The most bytes of one part up: a slow line must carry it before a proxy's patience ends. */
const PART_BYTES = 128 * 1024;
/** A part up is given up, and sent again, after so long and the time a slow line takes for its bytes. */
const POST_LATE = 10_000;
const SLOW_BYTES_PER_MS = 8;
/** A browser finishes a request so small when its page is closed. */
const KEEPALIVE_BYTES = 16 * 1024;

/** An awareness update about nobody: a sign that the line lives. */
const LIFE = Uint8Array.of(1, 1, 0);

/** What this visit learnt about its line. */
export const learnt = { streams: true, holdS: HOLD_S };

/** What a server's problem says. */
interface Refusal {
  status: number;
  code: string;
  waitMs: number;
}

/** Nothing came, or not what was sent. */
const FAILED: Refusal = { status: 0, code: '', waitMs: 0 };

/** Why the connection cannot go on, as a close code; 1006 is "lost". */
function closeCode(refusal: Refusal): number {
  if (refusal.code === 'unauthenticated') return 4401;
  if (refusal.code === 'not_found') return 4404;
  if (refusal.code === 'malformed') return 4400;
  if (refusal.code === 'too_large') return 4413;
  if (refusal.code === 'too_many') return 4529;
  return refusal.code === 'storage_unavailable' ? 1011 : 1006;
}

/** The server's own words; a proxy's page says nothing about us. */
async function refusalOf(answer: Response): Promise<Refusal> {
  const waitMs = Number(answer.headers.get('retry-after') ?? 0) * 1000;
  const ours = answer.headers.get('content-type')?.startsWith('application/problem+json');
  const body: unknown = ours ? await answer.json().catch(() => null) : null;
  const code = (body as { code?: unknown } | null)?.code;
  return { status: answer.status, code: typeof code === 'string' ? code : '', waitMs };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const now = (): number => performance.now();

type Handler<T> = ((event: T) => void) | null;

/** See the head of this file. */
export class HttpSocket {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  binaryType: BinaryType = 'arraybuffer';
  readyState = 0;
  onopen: Handler<Event> = null;
  onmessage: Handler<MessageEvent> = null;
  onclose: Handler<CloseEvent> = null;
  onerror: Handler<Event> = null;
  readonly url: string;

  #to: string;
  #asked: URLSearchParams;
  #seat: string | null = null;
  #heard = 0;
  #frames = new Frames();
  #queue: Uint8Array[] = [];
  #part = 0;
  #posting = false;
  #good = now();
  #told = 0;
  #failures = 0;
  #request: AbortController | null = null;
  #wake: (() => void) | null = null;
  #answered: ReturnType<typeof setTimeout> | null = null;
  #heartbeat: ReturnType<typeof setInterval> | null = null;

  /** @param url the address of the WebSocket it stands for: `wss://host/ws/<document>?...`. */
  constructor(url: string) {
    this.url = url;
    const address = new URL(url);
    this.#to = address.pathname.replace(/^\/ws\/([^/]+)$/, '/api/documents/$1/updates');
    this.#asked = address.searchParams;
    if (typeof window !== 'undefined') window.addEventListener('pagehide', this.#leave);
    void this.#down();
  }

  /** Sends a frame, with others that wait, as soon as the one before arrived. */
  send(data: ArrayBuffer | ArrayBufferView): void {
    if (this.readyState !== this.OPEN) return;
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      : new Uint8Array(data);
    this.#queue.push(measured(bytes));
    // With what is said in the same breath.
    queueMicrotask(() => void this.#up());
  }

  /** Leaves. */
  close(): void {
    this.#leave();
    this.#end(1005);
  }

  #leave = (): void => {
    if (this.#seat === null || this.readyState === this.CLOSED) return;
    void raw(this.#to, { method: 'DELETE', headers: { 'chantier-seat': this.#seat }, keepalive: true }).catch(() => {});
  };

  #end(code: number): void {
    if (this.readyState === this.CLOSED) return;
    this.readyState = this.CLOSED;
    this.#request?.abort();
    if (this.#answered !== null) clearTimeout(this.#answered);
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    this.#wake?.();
    if (typeof window !== 'undefined') window.removeEventListener('pagehide', this.#leave);
    this.onclose?.({ code, reason: '', wasClean: code !== 1006 } as CloseEvent);
  }

  // Down.

  async #down(): Promise<void> {
    while (this.readyState !== this.CLOSED) {
      const began = now();
      const slept = await withSlot(async (slot) => {
        const failed = learnt.streams && slot === 'hang' ? await this.#stream() : await this.#poll(slot);
        if (failed && this.readyState !== this.CLOSED) return this.#failed(failed, now() - began);
        this.#failures = 0;
        return slot === 'brief' ? BRIEF_PAUSE : 0;
      });
      if (slept > 0 && this.readyState !== this.CLOSED) await this.#rest(slept);
    }
  }

  /** A pause that ends early when something was sent: it is answered. */
  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** What a request that failed means. Answers how long to wait before the next. */
  #failed(failed: Refusal, lasted: number): number {
    // Before it was ever open there is nothing to be patient about: somebody else decides.
    const lost = now() - this.#good > LOST;
    if (this.readyState === this.CONNECTING || failed.code !== '') {
      this.#end(closeCode(failed));
      return 0;
    }
    if (lasted > 3_000 && learnt.holdS > 2) {
      // Cut while it hung: the next one hangs for less.
      learnt.holdS = Math.max(2, Math.min(learnt.holdS - 1, Math.floor((lasted / 1000) * 0.6)));
      this.#good = now();
      return 0;
    }
    if (lost) {
      this.#end(1006);
      return 0;
    }
    this.#failures += 1;
    return Math.min(2_000, 250 * 2 ** this.#failures);
  }

  /** One request for the stream down: aborted when `silent` for too long. */
  async #get(more: Record<string, string>, silent: number): Promise<{ answer: Response; alive: (ms: number) => void; done: () => void }> {
    const request = new AbortController();
    this.#request = request;
    let timer = setTimeout(() => request.abort(), silent);
    const alive = (ms: number): void => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), ms);
    };
    const query = new URLSearchParams(this.#asked);
    for (const [name, value] of Object.entries({ ...more, heard: String(this.#heard) })) query.set(name, value);
    const headers: Record<string, string> = this.#seat === null ? {} : { 'chantier-seat': this.#seat };
    try {
      const answer = await raw(`${this.#to}?${query}`, { headers, signal: request.signal });
      return { answer, alive, done: () => clearTimeout(timer) };
    } catch (failure) {
      clearTimeout(timer);
      throw failure;
    }
  }

  /** Reads an event stream until it ends. Answers what went wrong, if anything. */
  async #stream(): Promise<Refusal | null> {
    const began = now();
    let begun = false;
    try {
      const { answer, alive, done } = await this.#get({}, STREAM_BEGINS);
      try {
        if (!answer.ok || !answer.body) return await refusalOf(answer);
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        const events = new Events();
        for (;;) {
          const { value, done: ended } = await reader.read();
          if (ended) break;
          begun = true;
          alive(STREAM_SILENT);
          this.#alive();
          for (const event of events.push(value)) this.#event(event);
        }
        return null;
      } finally {
        done();
      }
    } catch {
      // One that carries nothing is held up on the way: plain answers get through.
      if (this.#request?.signal.aborted) {
        if (this.readyState !== this.CLOSED) learnt.streams = false;
        return null;
      }
      // One that was cut while it flowed is asked again where it stopped.
      return begun && now() - began > 1_000 ? null : FAILED;
    }
  }

  #event(event: { event: string; id: string; data: string }): void {
    if (event.event === 'seat') this.#sat(event.data);
    else if (event.event === 'close') this.#end(Number((JSON.parse(event.data) as { code: number }).code));
    else if (event.event === 'message') this.#took(Number(event.id), Number(event.id), fromBase64(event.data));
  }

  /** Asks once. Answers what went wrong, if anything. */
  async #poll(slot: Slot): Promise<Refusal | null> {
    const hold = slot === 'brief' ? 0 : learnt.holdS;
    try {
      const { answer, done } = await this.#get({ poll: '1', wait_s: String(hold) }, hold * 1000 + ANSWER_LATE);
      try {
        if (!answer.ok) return await refusalOf(answer);
        const bytes = new Uint8Array(await answer.arrayBuffer());
        const said = (name: string): string | null => answer.headers.get(`chantier-${name}`);
        // Cut on the way without a word, or not ours at all.
        if (said('bytes') !== String(bytes.length)) return FAILED;
        this.#alive();
        this.#sat(said('seat') ?? '');
        const part = Number(said('part') ?? 0);
        if (part > 0) this.#took(this.#heard + 1, part, bytes);
        const code = said('close');
        if (code !== null) this.#end(Number(code));
        return null;
      } finally {
        done();
      }
    } catch {
      return FAILED;
    }
  }

  #sat(seat: string): void {
    if (this.#seat !== null || seat === '' || this.readyState === this.CLOSED) return;
    this.#seat = seat;
    this.readyState = this.OPEN;
    this.#heartbeat = setInterval(() => void this.#up(true), HEARTBEAT);
    this.onopen?.(new Event('open'));
  }

  /** Parts `first` to `last` of the stream. */
  #took(first: number, last: number, bytes: Uint8Array): void {
    if (last <= this.#heard) return;
    if (first !== this.#heard + 1) return this.#end(1006);
    this.#heard = last;
    for (const frame of this.#frames.push(bytes)) this.#tell(frame);
  }

  #tell(frame: Uint8Array): void {
    this.#told = now();
    if (this.readyState === this.OPEN) this.onmessage?.({ data: frame.slice().buffer } as MessageEvent);
  }

  /** The line lives: whoever watches it is told now and then. */
  #alive(): void {
    this.#good = now();
    if (this.#answered !== null) clearTimeout(this.#answered);
    this.#answered = null;
    if (this.readyState === this.OPEN && now() - this.#told > 5_000) this.#tell(LIFE);
  }

  // Up.

  async #up(beat = false): Promise<void> {
    if (this.#posting || (this.#queue.length === 0 && !beat)) return;
    this.#posting = true;
    try {
      do {
        const body = this.#next();
        this.#part += 1;
        if (!(await this.#post(this.#part, body))) return;
        this.#wake?.();
        if (body.length > 0) this.#expect();
      } while (this.#queue.length > 0);
    } finally {
      this.#posting = false;
    }
  }

  /** The next bytes of the stream up. */
  #next(): Uint8Array {
    const pieces: Uint8Array[] = [];
    let room = PART_BYTES;
    while (room > 0) {
      const piece = this.#queue.shift();
      if (!piece) break;
      pieces.push(piece.subarray(0, room));
      if (piece.length > room) this.#queue.unshift(piece.subarray(room));
      room -= Math.min(room, piece.length);
    }
    return joined(pieces);
  }

  /** Sends one part until it arrived. Answers whether to go on. */
  async #post(part: number, body: Uint8Array): Promise<boolean> {
    for (let attempt = 0; this.readyState === this.OPEN; attempt += 1) {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), POST_LATE + body.length / SLOW_BYTES_PER_MS);
      try {
        const answer = await raw(this.#to, {
          method: 'POST',
          signal: late.signal,
          headers: {
            'content-type': 'application/octet-stream',
            'chantier-seat': this.#seat ?? '',
            'chantier-part': String(part),
            'chantier-heard': String(this.#heard),
          },
          body: body as BodyInit,
          keepalive: body.length < KEEPALIVE_BYTES,
        });
        if (answer.ok) return true;
        const refusal = await refusalOf(answer);
        // The stream down tells why, if it can: both know it.
        if (refusal.code === 'seat_gone' || refusal.code === 'too_large') return false;
        if (refusal.waitMs > 0) await pause(refusal.waitMs);
        else if (refusal.code !== '' && refusal.status < 500) {
          this.#end(closeCode(refusal));
          return false;
        }
      } catch {
        // Cut on the way, or swallowed: it may have arrived; the same part again is safe.
      } finally {
        clearTimeout(timer);
      }
      if (now() - this.#good > 4 * LOST) this.#end(1006);
      else await pause(Math.min(3_000, 200 * 2 ** attempt));
    }
    return false;
  }

  /** What was sent is always answered: a stream that stays silent now is held up on the way. */
  #expect(): void {
    if (!learnt.streams || this.#answered !== null) return;
    this.#answered = setTimeout(() => {
      this.#answered = null;
      learnt.streams = false;
      this.#request?.abort();
    }, ANSWERED);
  }
}
