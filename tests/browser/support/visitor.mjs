// A person at a browser: their own context, and a record of everything that went wrong in their pages.
// A console error, an uncaught exception or a breach of the content policy fails the test, unless
// the test said that it belongs to the story (`expects`).

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from '../../support/packages.mjs';

let running = null;

/** How Chromium is started. */
function options() {
  const executablePath = process.env.CHANTIER_CHROMIUM;
  if (!executablePath) throw new Error('CHANTIER_CHROMIUM is not set: run "make test ONLY=\'browser tests\'"');
  return {
    executablePath,
    // Chromium refuses its sandbox to root.
    args: [...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), '--disable-dev-shm-usage', '--force-color-profile=srgb', '--font-render-hinting=none']
  };
}

/** The one Chromium of this test file. */
async function browser() {
  running ??= await chromium.launch(options());
  return running;
}

/** Ends the browser; call it once a file. */
export async function closeBrowser() {
  await running?.close();
  running = null;
}

/** One person's browser. */
export class Visitor {
  /**
   * Opens a context of their own: nothing is shared with another visitor. With `disk`, the browser
   * keeps what it keeps in files, as people's browsers do: only there a quota holds.
   */
  static async arrive(server, { width = 1440, height = 900, dark = false, locale = 'fr-FR', still = true, disk = false } = {}) {
    const visitor = new Visitor();
    visitor.server = server;
    const look = {
      baseURL: server.url,
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: still ? 'reduce' : 'no-preference',
      locale,
      timezoneId: 'Europe/Paris'
    };
    if (disk) {
      visitor.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'chantier-browser-'));
      visitor.context = await chromium.launchPersistentContext(visitor.folder, { ...options(), ...look });
    } else {
      visitor.context = await (await browser()).newContext(look);
    }
    visitor.context.setDefaultTimeout(30_000);
    visitor.wrong = [];
    // A stranger's page asks who is there, and is told nobody.
    visitor.tolerated = [/401 \(Unauthorized\) .*\/api\/me\)/];
    await visitor.context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`));
    });
    visitor.context.on('page', (page) => visitor.#watch(page));
    visitor.page = await visitor.context.newPage();
    return visitor;
  }

  #watch(page) {
    page.on('console', (message) => {
      if (message.type() === 'error') this.wrong.push(`${message.text()} (${message.location().url})`);
    });
    page.on('pageerror', (error) => this.wrong.push(`uncaught: ${error.stack ?? error}`));
  }

  /** Errors of this kind belong to the story: a refused password, a cut line. */
  expects(pattern) {
    this.tolerated.push(pattern);
    return this;
  }

  /** Opens an address and waits until the page stands: its heading is there and nothing loads. */
  async open(address) {
    await this.page.goto(address);
    await this.settled();
    return this.page;
  }

  async settled() {
    await this.page.locator('h1').first().waitFor();
    await this.page.waitForFunction(() => !document.querySelector('[aria-busy="true"]'));
  }

  /** Signs in through the page, as a person does. */
  async signIn(email, password = 'chantier-demo') {
    await this.open('/connexion');
    await this.page.getByLabel('Adresse électronique').fill(email);
    await this.page.getByLabel('Mot de passe', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: 'Se connecter' }).click();
    await this.page.waitForURL((url) => url.pathname !== '/connexion');
    await this.settled();
    return this;
  }

  /** Fails when something went wrong that the test did not expect. */
  wasFine() {
    const surprising = this.wrong.filter((text) => !this.tolerated.some((pattern) => pattern.test(text)));
    assert.deepEqual(surprising, [], 'errors in the page');
  }

  /** Leaves; says first whether everything was fine. */
  async leave() {
    try {
      this.wasFine();
    } finally {
      await this.context.close();
      if (this.folder) fs.rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
