/**
 * The way to the server: a WebSocket where one gets through, plain requests where not. It has the
 * interface of a WebSocket and says "open" only when something was carried, so that a proxy that
 * accepts a WebSocket and swallows what it should carry is found out too. What was found is
 * remembered for the visit, and a WebSocket is tried again after some minutes or on another network.
 */
import { HttpSocket, learnt } from './fallback';

/** A WebSocket that carried nothing for so long is not waited for alone. */
const SILENT_MS = 3_500;
/** A WebSocket that just failed gets a second try so long while the other way stands ready. */
const AGAIN_MS = 2_500;
/** After so long a reconnection tries a WebSocket again. */
const FORGET_MS = 5 * 60_000;
const NOTED = 'chantier.without-websocket';

/** Codes a server of ours says itself: then the WebSocket works. */
function spoken(code: number): boolean {
  return (code >= 4000 && code < 5000) || code === 1011 || code === 1012;
}

/** What this visit knows: when a WebSocket was last found blocked. */
class Memory {
  #since: number | null = null;

  constructor() {
    try {
      if (sessionStorage.getItem(NOTED) !== null) this.#since = performance.now();
    } catch {
      // Forbidden, or no page: this visit begins without knowledge.
    }
    if (typeof window !== 'undefined') window.addEventListener('online', () => this.forget());
  }

  get blocked(): boolean {
    return this.#since !== null && performance.now() - this.#since < FORGET_MS;
  }

  note(): void {
    this.#since = performance.now();
    this.#store((storage) => storage.setItem(NOTED, '1'));
  }

  forget(): void {
    this.#since = null;
    this.#store((storage) => storage.removeItem(NOTED));
    learnt.streams = true;
    learnt.holdS = 20;
  }

  #store(change: (storage: Storage) => void): void {
    try {
      change(sessionStorage);
    } catch {
      // Only a help for the next page of this visit.
    }
  }
}

let memory: Memory | null = null;

/** What is remembered; made when the first line is. */
export function remembered(): Memory {
  memory ??= new Memory();
  return memory;
}

/** What both ways have in common. */
type Way = Pick<WebSocket, 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose' | 'onerror'>;
type Handler<T> = ((event: T) => void) | null;

/** See the head of this file. */
export class Line {
  /** Tests bring their own. */
  static Native: typeof WebSocket | null = null;
  static Plain: new (url: string) => Way = HttpSocket as unknown as new (url: string) => Way;

  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
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
  /** By which way it is open. */
  way: 'websocket' | 'requests' | null = null;

  #protocols: string | string[] | undefined;
  #chosen: Way | null = null;
  /** A WebSocket under way; `false` when it failed and is not tried any more. */
  #native: WebSocket | null | false = null;
  #tries = 0;
  #plain: Way | null | false = null;
  /** The plain way is open and stands ready, with what it has already brought. */
  #ready: MessageEvent[] | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(url: string, protocols?: string | string[]) {
    this.url = url;
    this.#protocols = protocols;
    if (remembered().blocked) {
      this.#native = false;
      this.#tryPlain();
    } else {
      this.#tryNative(SILENT_MS);
    }
  }

  send(data: Parameters<WebSocket['send']>[0]): void {
    if (this.readyState === this.OPEN) this.#chosen?.send(data);
  }

  close(): void {
    this.#end({ code: 1005, reason: '', wasClean: true });
  }

  #tryNative(patience: number): void {
    this.#tries += 1;
    let socket: WebSocket;
    try {
      socket = new (Line.Native ?? WebSocket)(this.url, this.#protocols);
    } catch {
      this.#nativeFailed();
      return;
    }
    this.#native = socket;
    socket.binaryType = 'arraybuffer';
    socket.onerror = () => {};
    socket.onmessage = (event) => {
      if (this.#chosen === null) {
        remembered().forget();
        this.#choose(socket, 'websocket');
      }
      if (this.#chosen === socket) this.onmessage?.(event);
    };
    socket.onclose = (event) => {
      if (this.#chosen === socket || (this.#chosen === null && spoken(event.code))) this.#end(event);
      else if (this.#chosen === null && this.#native === socket) this.#nativeFailed();
    };
    this.#wait(patience, () => (this.#tries === 1 ? this.#tryPlain() : this.#nativeFailed()));
  }

  /** It closed, or stayed silent while the other way stood ready. */
  #nativeFailed(): void {
    this.#drop(this.#native);
    this.#native = false;
    if (this.#plain === false) this.#lost();
    else if (this.#ready !== null) this.#choosePlain();
    else this.#tryPlain();
  }

  #tryPlain(): void {
    if (this.#plain !== null || this.readyState === this.CLOSED) return;
    const socket = new Line.Plain(this.url);
    this.#plain = socket;
    socket.onopen = () => {
      this.#ready = [];
      // A WebSocket refused a moment ago by a server that was starting is not blocked: once more.
      if (this.#native === false && this.#tries === 1) this.#tryNative(AGAIN_MS);
      else this.#choosePlain();
    };
    socket.onmessage = (event) => {
      if (this.#chosen === socket) this.onmessage?.(event);
      else this.#ready?.push(event);
    };
    socket.onclose = (event) => {
      if (this.#chosen === socket || (this.#chosen === null && spoken(event.code))) this.#end(event);
      else if (this.#chosen === null) {
        this.#plain = false;
        this.#ready = null;
        if (this.#native === false) this.#lost();
      }
    };
  }

  #choosePlain(): void {
    const waiting = this.#ready ?? [];
    this.#ready = null;
    if (!this.#plain) return;
    if (!remembered().blocked) remembered().note();
    this.#choose(this.#plain, 'requests');
    for (const event of waiting) this.onmessage?.(event);
  }

  #choose(way: Way, name: 'websocket' | 'requests'): void {
    this.#wait(null);
    this.#chosen = way;
    this.way = name;
    for (const other of [this.#native, this.#plain]) if (other !== way) this.#drop(other);
    this.readyState = this.OPEN;
    this.onopen?.(new Event('open'));
  }

  /** Neither way: the network or the server is away. */
  #lost(): void {
    this.onerror?.(new Event('error'));
    this.#end({ code: 1006, reason: '', wasClean: false });
  }

  #drop(way: Way | null | false): void {
    if (!way) return;
    way.onopen = way.onmessage = way.onclose = null;
    way.onerror = () => {};
    way.close();
  }

  #end(event: Pick<CloseEvent, 'code' | 'reason' | 'wasClean'>): void {
    if (this.readyState === this.CLOSED) return;
    this.readyState = this.CLOSED;
    this.#wait(null);
    this.#drop(this.#native);
    this.#drop(this.#plain);
    this.onclose?.(event as CloseEvent);
  }

  #wait(ms: number | null, then?: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = ms === null || !then ? null : setTimeout(then, ms);
  }
}
