// An unmodified y-websocket client in Node: the only thing given to it is a header that says who it is.

import assert from 'node:assert/strict';
import { WebSocket, WebsocketProvider, Y } from '../support/packages.mjs';
import { until } from '../support/wait.mjs';

/** The rich-text sections: the document's root fragments. */
export const SECTIONS = ['context', 'description', 'transversal', 'conditions', 'experiment'];

/** One document open in one client. */
export class Client {
  constructor(account, documentId, { connect = true } = {}) {
    const headers = account.headers();
    class Identified extends WebSocket {
      constructor(address, protocols) {
        super(address, protocols, { headers });
      }
    }
    this.doc = new Y.Doc();
    this.denied = [];
    this.closed = null;
    const base = account.server.url.replace('http', 'ws');
    this.provider = new WebsocketProvider(`${base}/ws`, documentId, this.doc, {
      WebSocketPolyfill: Identified,
      disableBc: true,
      maxBackoffTime: 400,
      connect
    });
    this.provider.on('closed', (event) => (this.closed = event));
    // The provider prints a refusal with its own handler; here it is kept.
    this.provider.messageHandlers[2] = (_encoder, _decoder, provider) => this.denied.push(provider.url);
  }

  synced() {
    return until('the client is synced', () => {
      assert.equal(this.closed, null, `closed with ${this.closed?.code}`);
      return this.provider.synced;
    });
  }

  /** Resolves with the final close: a code from 4400 to 4499. */
  refused() {
    return until('the server closes for good', () => this.closed);
  }

  /** Cuts the line as a network does: no close frame. */
  cut() {
    this.provider.ws?.terminate();
  }

  destroy() {
    this.provider.awareness.destroy();
    this.provider.destroy();
    this.doc.destroy();
  }
}

/** Everything a document holds, so that two of them can be compared. */
export function contents(doc) {
  return Object.fromEntries(SECTIONS.map((key) => [key, describe(doc.getXmlFragment(key))]));
}

function describe(type) {
  if (type instanceof Y.XmlText) return type.toDelta();
  const children = type.toArray().map(describe);
  if (!(type instanceof Y.XmlElement)) return children;
  return { node: type.nodeName, attributes: type.getAttributes(), children };
}

/** Whether two documents are one state: same text, same structs, same deletions. */
export function same(one, two) {
  return Y.equalSnapshots(Y.snapshot(one), Y.snapshot(two));
}

/** Whether `whole` holds everything that `part` holds. */
export function holds(whole, part) {
  const have = Y.decodeStateVector(Y.encodeStateVector(whole));
  for (const [client, clock] of Y.decodeStateVector(Y.encodeStateVector(part))) {
    if ((have.get(client) ?? 0) < clock) return false;
  }
  return true;
}
