/** Pages that have a text open at a test server, each as one tab has it; closed when the test ends. */
import { IDBFactory } from 'fake-indexeddb';
import { WebSocket as Socket } from 'ws';

import { LiveDocument } from './document.svelte';
import { TestServer } from './server.fixture';

type Change = Partial<{ account: string; lineage: string; base: string }>;

export class Pages {
  #server: TestServer | null = null;
  #open: LiveDocument[] = [];

  /** A new server, and a browser that kept nothing yet. */
  async start(): Promise<TestServer> {
    globalThis.indexedDB = new IDBFactory();
    this.#server = await TestServer.start();
    return this.#server;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#open.map((live) => live.close()));
    this.#open = [];
    await this.#server?.stop();
  }

  /** One more page of the same person on the same text, but for what is `change`d. */
  async open(change: Change = {}): Promise<LiveDocument> {
    const live = new LiveDocument({
      document: 'doc-1',
      account: 'acc-1',
      lineage: 'lin-1',
      may: ['read', 'edit_text'],
      user: { name: 'Ines Prototype', organisation: 'Région' },
      base: this.#server?.base ?? '',
      socket: Socket as unknown as typeof WebSocket,
      ...change,
    });
    this.#open.push(live);
    await live.open();
    return live;
  }
}
