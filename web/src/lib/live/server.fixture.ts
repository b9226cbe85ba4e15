/** A small server for tests: it speaks the wire, keeps a document, and can be told to misbehave. */
import type { AddressInfo } from 'node:net';

import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { WebSocketServer, type WebSocket as Socket } from 'ws';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as syncProtocol from 'y-protocols/sync';
import * as Y from 'yjs';

import { NOTICE_TAG, type Notice } from './frames';

/** One connected page. */
interface Page {
  socket: Socket;
  counted: number;
  query: URLSearchParams;
}

/** See the head of this file. */
export class TestServer {
  readonly doc = new Y.Doc();
  readonly pages = new Set<Page>();
  /** Who shows what; every frame of presence that came, as the ids in it. */
  readonly awareness = new Awareness(this.doc);
  readonly shown: number[][] = [];
  /** Every query string seen, in order. */
  readonly queries: URLSearchParams[] = [];
  lineage = 'lin-1';
  account = 'acc-1';
  schema = 1;
  seq = 0;
  epoch = 1;
  may = ['read', 'edit_text'];
  /** Acknowledge at once; otherwise when `acknowledge` is called. */
  prompt = true;
  /** Refuse the next update. */
  refuse = false;
  /** Keep the next update aside, as come too late. */
  late = false;
  /** Close every new socket with this code. */
  closeWith: number | null = null;
  #server: WebSocketServer;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket, request) => {
      const query = new URL(request.url ?? '/', 'http://test').searchParams;
      this.#joined({ socket, counted: 0, query });
    });
  }

  static async start(): Promise<TestServer> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await new Promise<void>((resolve) => server.once('listening', () => resolve()));
    return new TestServer(server);
  }

  get base(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  notice(notice: Notice | Record<string, unknown>, page?: Page): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, NOTICE_TAG);
    encoding.writeVarString(encoder, JSON.stringify(notice));
    for (const each of page ? [page] : this.pages) each.socket.send(encoding.toUint8Array(encoder));
  }

  acknowledge(): void {
    for (const page of this.pages) {
      this.notice({ type: 'stored', updates: page.counted, seq: this.seq }, page);
    }
  }

  closeAll(code: number): void {
    for (const page of this.pages) page.socket.close(code);
  }

  async stop(): Promise<void> {
    this.awareness.destroy();
    for (const page of this.pages) page.socket.terminate();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #joined(page: Page): void {
    this.queries.push(page.query);
    if (this.closeWith !== null) {
      page.socket.close(this.closeWith);
      return;
    }
    this.pages.add(page);
    page.socket.on('close', () => this.pages.delete(page));
    page.socket.on('message', (data) => this.#read(page, new Uint8Array(data as Buffer)));
    this.notice(
      {
        type: 'hello',
        seq: this.seq,
        epoch: this.epoch,
        lineage: this.lineage,
        schema: this.schema,
        may: this.may,
        account: this.account,
        organisation: 'org-1',
      },
      page,
    );
    this.#sync(page, (encoder) => syncProtocol.writeSyncStep1(encoder, this.doc));
    this.#sync(page, (encoder) => syncProtocol.writeSyncStep2(encoder, this.doc));
  }

  /** Somebody else is here, and says so again and again. */
  show(client: number, state: Record<string, unknown>): void {
    const other = new Awareness(new Y.Doc());
    other.clientID = client;
    const clock = (this.awareness.meta.get(client)?.clock ?? 0) + 1;
    other.states.set(client, state);
    other.meta.set(client, { clock, lastUpdated: 0 });
    const update = encodeAwarenessUpdate(other, [client]);
    other.destroy();
    applyAwarenessUpdate(this.awareness, update, 'test');
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, 1);
    encoding.writeVarUint8Array(encoder, update);
    for (const page of this.pages) page.socket.send(encoding.toUint8Array(encoder));
  }

  #hear(update: Uint8Array): void {
    const decoder = decoding.createDecoder(update);
    const ids: number[] = [];
    for (let left = decoding.readVarUint(decoder); left > 0; left -= 1) {
      ids.push(decoding.readVarUint(decoder));
      decoding.readVarUint(decoder);
      decoding.readVarString(decoder);
    }
    this.shown.push(ids);
    applyAwarenessUpdate(this.awareness, update, 'page');
  }

  #sync(page: Page, write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, 0);
    write(encoder);
    page.socket.send(encoding.toUint8Array(encoder));
  }

  #read(page: Page, frame: Uint8Array): void {
    const decoder = decoding.createDecoder(frame);
    const tag = decoding.readVarUint(decoder);
    if (tag === 1) this.#hear(decoding.readVarUint8Array(decoder));
    if (tag !== 0) return;
    const kind = decoding.readVarUint(decoder);
    if (kind === 0) return;
    const update = decoding.readVarUint8Array(decoder);
    page.counted += 1;
    if (this.refuse && !isEmpty(update)) {
      this.refuse = false;
      this.notice({ type: 'refused', update: page.counted, code: 'stage', rule: 'R-EDIT' }, page);
      page.socket.close(4403);
      return;
    }
    if (this.late && !isEmpty(update)) {
      this.late = false;
      this.notice({ type: 'kept_aside', update: page.counted }, page);
      return;
    }
    this.seq += 1;
    Y.applyUpdate(this.doc, update);
    for (const other of this.pages) {
      if (other !== page) this.#sync(other, (encoder) => syncProtocol.writeUpdate(encoder, update));
    }
    if (this.prompt) this.notice({ type: 'stored', updates: page.counted, seq: this.seq }, page);
  }
}

function isEmpty(update: Uint8Array): boolean {
  return update.length === 2 && update[0] === 0 && update[1] === 0;
}

/** Waits until `holds`, or fails with what was waited for. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`still waiting: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Types a paragraph into a section, as an editor would. */
export function type(doc: Y.Doc, section: string, words: string): void {
  doc.transact(() => {
    const paragraph = new Y.XmlElement('paragraph');
    const text = new Y.XmlText();
    text.insert(0, words);
    paragraph.insert(0, [text]);
    const fragment = doc.getXmlFragment(section);
    fragment.insert(fragment.length, [paragraph]);
  });
}
