// A proxy between browsers and the real server, as bad as those of real networks: it refuses
// WebSockets or swallows what they carry, holds streams back, cuts long requests, closes after each
// answer, loses answers. Everything else passes as it is.

import http from 'node:http';
import net from 'node:net';

/** A proxy in front of a server; has a `url`, like one. */
export class Proxy {
  #server;
  #sockets = new Set();
  #requests = 0;

  /**
   * `upgrades`: `pass`, `refuse` or `swallow`. `buffer`: event streams are held until they end.
   * `cutAfterMs`: requests about a live text that last longer are cut. `closing`: answers without a length, ended by
   * closing, as HTTP/1.0 does. `loseEvery`: every n-th answer about a live text never arrives.
   */
  static async start(target, rules = {}) {
    const proxy = new Proxy();
    proxy.target = target;
    proxy.rules = { upgrades: 'pass', buffer: false, cutAfterMs: 0, closing: false, loseEvery: 0, ...rules };
    /** What came through: `method path` of each request, and upgrades. */
    proxy.seen = [];
    proxy.lost = 0;
    proxy.cut = 0;
    proxy.severed = false;
    proxy.#server = http.createServer((request, answer) => proxy.#pass(request, answer));
    proxy.#server.on('upgrade', (request, socket, head) => proxy.#upgrade(request, socket, head));
    proxy.#server.on('connection', (socket) => {
      if (proxy.severed) return socket.destroy();
      proxy.#sockets.add(socket);
      socket.on('close', () => proxy.#sockets.delete(socket));
    });
    await new Promise((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** How many requests of this method a live text made. */
  count(method) {
    return this.seen.filter((line) => line.startsWith(`${method} `) && line.includes('/updates')).length;
  }

  /** Nothing passes any more, as if the cable were pulled, until it is mended. */
  sever() {
    this.severed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend() {
    this.severed = false;
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(request, answer) {
    const live = /\/api\/documents\/[^/]+\/updates/.test(request.url);
    this.seen.push(`${request.method} ${request.url}`);
    this.#requests += live ? 1 : 0;
    const lose = live && this.rules.loseEvery > 0 && this.#requests % this.rules.loseEvery === 0;
    const up = http.request({ host: '127.0.0.1', port: this.target.port, method: request.method, path: request.url, headers: request.headers });
    const gone = () => {
      up.destroy();
      request.socket.destroy();
    };
    up.on('error', gone);
    answer.on('close', () => up.destroy());
    if (live && this.rules.cutAfterMs > 0) {
      const timer = setTimeout(() => {
        this.cut += 1;
        gone();
      }, this.rules.cutAfterMs);
      answer.on('close', () => clearTimeout(timer));
    }
    up.on('response', (from) => {
      if (lose) {
        // The server has done its part; nobody hears of it.
        from.resume();
        from.on('end', () => {
          this.lost += 1;
          request.socket.destroy();
        });
        from.on('error', gone);
        return;
      }
      this.#answer(from, answer, request);
    });
    request.pipe(up);
  }

  #answer(from, answer, request) {
    const headers = { ...from.headers };
    if (this.rules.closing) {
      delete headers['content-length'];
      delete headers['transfer-encoding'];
      answer.useChunkedEncodingByDefault = false;
      answer.shouldKeepAlive = false;
    }
    const begin = () => answer.writeHead(from.statusCode, headers);
    const streamed = /text\/event-stream/.test(headers['content-type'] ?? '');
    from.on('error', () => request.socket.destroy());
    if (this.rules.buffer && streamed) {
      const held = [];
      from.on('data', (data) => held.push(data));
      from.on('end', () => {
        begin();
        answer.end(Buffer.concat(held));
      });
      return;
    }
    begin();
    answer.flushHeaders();
    from.pipe(answer);
  }

  #upgrade(request, socket, head) {
    this.seen.push(`UPGRADE ${request.url}`);
    socket.on('error', () => socket.destroy());
    if (this.rules.upgrades === 'refuse') {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
      return;
    }
    const up = net.connect(this.target.port, '127.0.0.1', () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let at = 0; at < request.rawHeaders.length; at += 2) lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
      up.write(`${lines.join('\r\n')}\r\n\r\n`);
      if (this.rules.upgrades === 'swallow') return this.#swallow(up, socket);
      up.write(head);
      up.pipe(socket);
      socket.pipe(up);
    });
    const gone = () => {
      up.destroy();
      socket.destroy();
    };
    up.on('error', gone);
    up.on('close', gone);
    socket.on('close', gone);
  }

  /** The handshake passes, then nothing. */
  #swallow(up, socket) {
    let head = '';
    up.on('data', (data) => {
      if (head === null) return;
      head += data.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.write(head.slice(0, end + 4), 'latin1');
      head = null;
    });
    socket.resume();
  }
}
