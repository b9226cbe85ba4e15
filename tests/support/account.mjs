// A signed-in person, as a program sees the API: cookie or personal token, and the headers of both.

import assert from 'node:assert/strict';
import { DEMO_PASSWORD } from './chantier.mjs';

/** Someone signed in on a server. */
export class Account {
  constructor(server, email) {
    this.server = server;
    this.email = email;
    this.cookie = null;
    this.token = null;
  }

  /** Signs in with the demonstration's password. */
  static async signIn(server, email, password = DEMO_PASSWORD) {
    const account = new Account(server, email);
    const answer = await account.ask('POST', '/api/sessions', { email, password });
    assert.equal(answer.status, 201, `${email} signs in: ${await answer.clone().text()}`);
    account.cookie = answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
    assert.ok(account.cookie, 'a cookie was set');
    return account;
  }

  /** The same person as a program: makes a personal token and uses it alone. */
  async asProgram() {
    const made = await this.json('POST', '/api/tokens', { label: 'tests', expires_in_days: 1 }, 201);
    const program = new Account(this.server, this.email);
    program.token = made.token;
    return program;
  }

  /** What identifies this person on a request or a socket. */
  headers() {
    if (this.token) return { authorization: `Bearer ${this.token}` };
    return { origin: this.server.url, ...(this.cookie ? { cookie: this.cookie } : {}) };
  }

  ask(method, address, body) {
    const headers = { ...this.headers(), ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    return fetch(this.server.url + address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  }

  /** The JSON of an answer that must have this status. */
  async json(method, address, body, status = 200) {
    const answer = await this.ask(method, address, body);
    const text = await answer.text();
    assert.equal(answer.status, status, `${method} ${address}: ${text.slice(0, 500)}`);
    return text ? JSON.parse(text) : null;
  }
}
