/** One connection at a time to a document: the standard provider, its notices read and its frames counted. */
import type * as Y from 'yjs';
import { encodeAwarenessUpdate, type Awareness } from 'y-protocols/awareness';
import { WebsocketProvider } from 'y-websocket';

import { NOTICE_TAG, bytesOf, counted, readNotice, type Counted, type Notice } from './frames';
import { Line } from './line';
import { reconnectDelay } from './saved';
import { joined, measured } from './stream';

/** What a connection tells its document. */
export interface Told {
  /** A socket is being opened: what to say in its address. */
  params: () => Record<string, string>;
  /** It is open: its frames are counted from nought. */
  opened: () => void;
  /** A counted frame is about to leave. */
  sent: (kind: Counted) => void;
  notice: (notice: Notice) => void;
  /** The server has sent all it had. */
  inStep: () => void;
  /** The socket ended with this code; `final`: it will not come back by itself. */
  closed: (code: number, final: boolean) => void;
}

/** Close codes after which the page must do something else than come back. */
const FINAL = { from: 4400, to: 4500 };

/** The tag of presence on the wire. */
const AWARENESS_TAG = 1;

/** The server speaks at least every 20 s; a line that is silent for longer is dead. */
const DEAF_MS = 35_000;
/** Presence is forgotten after 30 s. */
const PRESENT_MS = 17_000;
const WATCH_MS = 5_000;

/** A socket that comes back by itself, with a delay nobody else has. */
export class Connection {
  readonly provider: WebsocketProvider;
  #told: Told;
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #ended = false;
  #counted: WebSocket | null = null;
  #heard = performance.now();
  #shown = performance.now();
  #watch: ReturnType<typeof setInterval>;

  constructor(base: string, document: string, doc: Y.Doc, told: Told, socket?: typeof WebSocket) {
    this.#told = told;
    this.provider = new WebsocketProvider(base, document, doc, {
      connect: false,
      disableBc: true,
      // We decide when to come back: the provider's own delays are the same for everybody.
      shouldReconnect: () => false,
      WebSocketPolyfill: socket ?? (Line as unknown as typeof WebSocket),
    });
    this.provider.messageHandlers[NOTICE_TAG] = (_, decoder) => {
      const notice = readNotice(decoder.arr, decoder.pos);
      if (notice && !this.#ended) this.#told.notice(notice);
    };
    this.provider.on('status', ({ status }) => {
      if (status === 'connecting') this.#count();
      else if (status === 'connected') this.#told.opened();
    });
    this.provider.on('sync', (synced: boolean) => {
      if (!synced || this.#ended) return;
      this.#attempt = 0;
      this.#told.inStep();
    });
    // The provider would send back whatever it hears of others.
    this.provider.awareness.off('update', this.provider._awarenessUpdateHandler);
    this.provider.awareness.on('update', this.#present);
    // By the monotonic clock: the provider and its awareness use the one that people set.
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
    this.provider.on('connection-close', (event) => this.#closed(event?.code ?? 1006));
    if (typeof window !== 'undefined') {
      window.addEventListener('online', this.#online);
      window.addEventListener('offline', this.#offline);
    }
  }

  get awareness(): Awareness {
    return this.provider.awareness;
  }

  /** By which way it is connected: plain requests where no WebSocket gets through. */
  get way(): 'websocket' | 'requests' {
    return (this.provider.ws as unknown as Line | null)?.way ?? 'websocket';
  }

  /** Connects now, or when the network is back. */
  connect(): void {
    if (this.#ended) return;
    this.#cancel();
    this.provider.params = this.#told.params();
    this.provider.connect();
  }

  /** Ends it for good. */
  destroy(): void {
    this.#ended = true;
    clearInterval(this.#watch);
    this.provider.awareness.off('update', this.#present);
    this.#cancel();
    if (typeof window !== 'undefined') {
      window.removeEventListener('online', this.#online);
      window.removeEventListener('offline', this.#offline);
    }
    this.provider.destroy();
  }

  #online = (): void => {
    this.#attempt = 0;
    this.connect();
  };

  /** The network is gone: say so at once instead of after the provider's thirty seconds. */
  #offline = (): void => this.provider.disconnect();

  /** Sends what changed of one's own presence, and of nobody else's: in a full room that would be a flood. */
  #present = ({ updated, added, removed }: { updated: number[]; added: number[]; removed: number[] }, origin: unknown): void => {
    const own = this.provider.doc.clientID;
    if (![...updated, ...added, ...removed].includes(own)) return;
    if (origin === 'local' && !removed.includes(own)) this.#shown = performance.now();
    const socket = this.provider.ws;
    if (!this.provider.wsconnected || !socket || socket.readyState !== socket.OPEN) return;
    const update = measured(encodeAwarenessUpdate(this.awareness, [own]));
    socket.send(joined([Uint8Array.of(AWARENESS_TAG), update]) as Uint8Array<ArrayBuffer>);
  };

  /** A silent line is left for a new one, and one's presence is said again in time. */
  #look(): void {
    if (!this.provider.wsconnected) return;
    const now = performance.now();
    if (now - this.#heard > DEAF_MS) {
      this.provider.disconnect();
      this.connect();
    } else if (now - this.#shown > PRESENT_MS) {
      this.awareness.setLocalState(this.awareness.getLocalState());
    }
  }

  /** Sees every frame that leaves, the provider's own answers too. */
  #count(): void {
    const socket = this.provider.ws;
    if (!socket || socket === this.#counted) return;
    this.#counted = socket;
    this.#heard = performance.now();
    const hear = socket.onmessage;
    socket.onmessage = (event) => {
      this.#heard = performance.now();
      hear?.call(socket, event);
    };
    const send = socket.send.bind(socket);
    socket.send = (data: Parameters<WebSocket['send']>[0]) => {
      const bytes = bytesOf(data);
      const kind = bytes ? counted(bytes) : null;
      if (kind) this.#told.sent(kind);
      send(data);
    };
  }

  #closed(code: number): void {
    if (this.#ended) return;
    const final = code >= FINAL.from && code < FINAL.to;
    this.#told.closed(code, final);
    if (final || this.#ended) return;
    const delay = reconnectDelay(this.#attempt, Math.random());
    this.#attempt += 1;
    this.#cancel();
    this.#timer = setTimeout(() => this.connect(), delay);
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
