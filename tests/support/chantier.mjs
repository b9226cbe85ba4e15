// The real program for a test: its own data folder or database, a free port, killable, restartable.

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { binary } from '../../scripts/binary.mjs';
import { until } from './wait.mjs';

/** The password of every person of the demonstration. */
export const DEMO_PASSWORD = 'chantier-demo';

let program;
let databases = 0;

/** A running server, and what it printed. */
export class Chantier {
  #options;
  #child = null;
  #folder;
  #database = null;

  /** Starts one. `database` is `sqlite` or `postgres`; `demo` loads the demonstration; `environment` is given the data folder. */
  static async start({ database = 'sqlite', demo = true, more = [], environment = () => ({}) } = {}) {
    const server = new Chantier();
    server.#options = { demo, more, environment };
    server.#folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chantier-test-'));
    if (database === 'postgres') server.#database = createDatabase();
    server.port = 0;
    await server.up();
    return server;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The data folder. */
  get folder() {
    return this.#folder;
  }

  /** What a second connection can spoil: runs SQL on the PostgreSQL database of this server. */
  sql(statement) {
    return psql(this.#database, statement);
  }

  /** Starts the process; a restart listens where it did before. */
  async up() {
    program ??= binary();
    const { demo, more } = this.#options;
    const options = ['serve', '--listen', `127.0.0.1:${this.port}`, '--data', this.#folder, ...(demo ? ['--demo'] : []), ...more];
    const environment = { PATH: process.env.PATH, HOME: this.#folder, RUST_BACKTRACE: '1', ...this.#options.environment(this.#folder) };
    if (this.#database) environment.CHANTIER_DATABASE_URL = this.#database;
    const child = spawn(program, options, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    this.printed = '';
    this.logged = '';
    this.exited = new Promise((resolve) => child.on('exit', (code, signal) => resolve(code ?? signal)));
    child.stdout.on('data', (text) => (this.printed += text));
    child.stderr.on('data', (text) => (this.logged += text));
    const line = await until(
      'the server listens',
      () => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
        return /listening on (http:\/\/127\.0\.0\.1:(\d+))/.exec(this.printed);
      },
      { within: 60_000 }
    ).catch((error) => {
      child.kill('SIGKILL');
      throw new Error(`${error.message}\n${this.printed}\n${this.logged}`);
    });
    this.port = Number(line[2]);
  }

  /** kill -9: no goodbye, nothing flushed. */
  async kill() {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGTERM, as a supervisor does; resolves with the exit code. */
  async stop() {
    this.#child.kill('SIGTERM');
    return this.exited;
  }

  /** Ends it and forgets its data. */
  async discard() {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
    fs.rmSync(this.#folder, { recursive: true, force: true });
    if (this.#database) psql(adminUrl(), `drop database if exists ${this.#database.split('/').pop()} with (force)`);
  }
}

function adminUrl() {
  const url = process.env.CHANTIER_TEST_POSTGRES;
  if (!url) throw new Error('CHANTIER_TEST_POSTGRES is not set: run "make test", or "scripts/postgres.sh with COMMAND"');
  return url;
}

function createDatabase() {
  databases += 1;
  const name = `js_${process.pid}_${databases}`;
  psql(adminUrl(), `create database ${name}`);
  const url = new URL(adminUrl());
  url.pathname = `/${name}`;
  return url.href;
}

function psql(url, statement) {
  const installed = fs.existsSync('/usr/lib/postgresql')
    ? fs.readdirSync('/usr/lib/postgresql').map((version) => `/usr/lib/postgresql/${version}/bin/psql`).filter((file) => fs.existsSync(file))
    : [];
  return execFileSync(installed.pop() ?? 'psql', ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--dbname', url, '--command', statement], { encoding: 'utf8' }).trim();
}
