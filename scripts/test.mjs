// Everything a change needs, in the order in which a failure is cheapest to learn. Installs and
// starts what is missing (PostgreSQL, Chromium), privately. Goes on after a failure, so that one run
// tells everything; a step whose ground failed is skipped and said so.
// Usage: node scripts/test.mjs [--long] [--only STEP,STEP] [--list]

import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { binary, root } from './binary.mjs';

const long = process.argv.includes('--long');
/** The longest a step may take, in minutes: a hang must end with a name. */
const LIMIT_MIN = long ? 240 : 30;

const node = process.execPath;
// Two files at once: a browser test mostly waits, and each file has its own server and browser.
const nodeTests = (folder) => [node, '--test', '--test-reporter=spec', '--test-concurrency=2', ...testFiles(folder)];

/** The tests that take counts and a seed (docs/testing.md): a step of their own, to be read and repeated alone. */
const PROOFS = ['crash::', 'live_scenarios::', 'walks::'];

/** name, command, the steps it stands on, its folder. */
const STEPS = [
  { name: 'format', run: ['cargo', 'fmt', '--check'] },
  { name: 'web packages', run: [node, 'scripts/web.mjs', '--install-only'] },
  { name: 'dependencies', run: [node, 'scripts/dependencies.mjs'], on: ['web packages'] },
  { name: 'web build', run: [node, 'scripts/web.mjs'], on: ['web packages'] },
  { name: 'web check', run: ['npm', 'run', '--silent', 'check'], at: 'web', on: ['web build'] },
  { name: 'web unit tests', run: ['npm', 'run', '--silent', 'test'], at: 'web', on: ['web build'] },
  { name: 'build', run: ['cargo', 'build', '--locked', '--all-targets'], on: ['web build'] },
  { name: 'clippy', run: ['cargo', 'clippy', '--locked', '--all-targets', '--', '-D', 'warnings'], on: ['web build'] },
  { name: 'fuzz bodies build', run: ['cargo', 'check', '--locked', '--quiet', '--manifest-path', 'fuzz/Cargo.toml', '--bins', '--target-dir', 'target/fuzz'] },
  { name: 'api description', run: [node, 'scripts/api.mjs'], on: ['build'] },
  { name: 'rust tests', run: ['cargo', 'test', '--locked', '--', ...PROOFS.flatMap((proof) => ['--skip', proof])], on: ['build'], postgres: true },
  { name: 'proofs', run: ['cargo', 'test', '--locked', '--test', 'main', '--', ...PROOFS, '--nocapture'], on: ['build'], postgres: true },
  { name: 'bench', run: ['scripts/bench.sh', '--check'], on: ['build'] },
  ...(long ? [{ name: 'mutated gate', run: [node, 'scripts/mutate-gate.mjs'], on: ['build'] }, { name: 'cost of gate and turn', run: [node, 'scripts/gate-cost.mjs'] }, { name: 'hostile load', run: ['scripts/bench.sh', '--only', 'hostile', '--seconds', '60', '--repeat', '1', '--hostile-below', '2'], on: ['web build'] }, { name: 'fuzzing', run: [node, 'scripts/fuzz.mjs', '300'] }] : []),
  { name: 'stock clients', run: () => nodeTests('tests/stock'), on: ['build'], postgres: true },
  { name: 'browser tests', run: () => nodeTests('tests/browser'), on: ['build'], postgres: true, chromium: true }
];

function testFiles(folder) {
  const found = fs
    .readdirSync(path.join(root, folder))
    .filter((name) => name.endsWith('.test.mjs'))
    .sort()
    .map((name) => path.join(folder, name));
  if (found.length === 0) throw new Error(`${folder} holds no test`);
  return found;
}

const wantedAt = process.argv.indexOf('--only');
const wanted = wantedAt < 0 ? null : (process.argv[wantedAt + 1] ?? '').split(',').map((name) => name.trim()).filter(Boolean);
if (process.argv.includes('--list')) {
  for (const step of STEPS) console.log(step.name);
  process.exit(0);
}
for (const name of wanted ?? []) {
  if (STEPS.some((step) => step.name === name)) continue;
  console.error(`There is no step "${name}"; there are: ${STEPS.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}

const environment = {
  ...process.env,
  CARGO_TERM_COLOR: process.env.CARGO_TERM_COLOR ?? 'never',
  CHANTIER_TEST_ROUNDS: process.env.CHANTIER_TEST_ROUNDS ?? (long ? '20' : '1'),
  ...(long ? longCounts() : {})
};
/** What `make test-long` repeats, unless the environment says otherwise; each night begins elsewhere. */
function longCounts() {
  const counts = {
    CHANTIER_KILLS: '1000',
    CHANTIER_MOVE_KILLS: '300',
    CHANTIER_CUTS: '5000',
    CHANTIER_SCENARIOS: '5000',
    CHANTIER_WALKS: '3000',
    CHANTIER_TEST_SEED: String(Math.floor(Date.now() / 1000) % 1_000_000_000)
  };
  for (const name of Object.keys(counts)) counts[name] = process.env[name] ?? counts[name];
  return counts;
}
const color = process.stdout.isTTY ? (code, text) => `\x1b[${code}m${text}\x1b[0m` : (_, text) => text;
const began = Date.now();
const results = new Map();
let cluster = null;
let child = null;

function spell(ms) {
  const s = Math.round(ms / 1000);
  return s < 60 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(s / 60)} min ${String(s % 60).padStart(2, '0')} s`;
}

/** Runs one command in its own process group, so that a step's hang ends with its children. */
function run(command, at) {
  return new Promise((resolve) => {
    child = spawn(command[0], command.slice(1), { cwd: path.join(root, at ?? '.'), env: environment, stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const limit = setTimeout(() => {
      console.error(`No end after ${LIMIT_MIN} minutes: stopped.`);
      end('SIGKILL');
    }, LIMIT_MIN * 60_000);
    const settle = (good) => {
      clearTimeout(limit);
      child = null;
      resolve(good);
    };
    child.on('error', (error) => {
      console.error(error.message);
      settle(false);
    });
    child.on('exit', (code) => settle(code === 0));
  });
}

function end(signal) {
  try {
    if (child) process.kill(-child.pid, signal);
  } catch {
    // It ended by itself.
  }
}

/** What a step needs beside its files, fetched or started once. */
function prepare(step) {
  if (step.postgres && !cluster) {
    const given = process.env.CHANTIER_TEST_POSTGRES;
    if (!given) {
      const answer = execFileSync('scripts/postgres.sh', ['start', String(process.pid)], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
      const [folder, url] = answer.trim().split('\n');
      cluster = { folder };
      environment.CHANTIER_TEST_POSTGRES = url;
    }
  }
  if (step.chromium && !environment.CHANTIER_CHROMIUM) {
    environment.CHANTIER_CHROMIUM = execFileSync('scripts/chromium.sh', { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  }
  if (step.on?.includes('build')) environment.CHANTIER_BINARY = binary();
}

function stopCluster() {
  if (!cluster) return;
  const { folder } = cluster;
  cluster = null;
  execFileSync('scripts/postgres.sh', ['stop', folder], { cwd: root, stdio: 'inherit' });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    end('SIGTERM');
    stopCluster();
    console.error('\nmake test: interrupted.');
    process.exit(130);
  });
}

async function one(step) {
  const missing = (step.on ?? []).filter((name) => results.has(name) && results.get(name).state !== 'passed');
  if (missing.length > 0) {
    results.set(step.name, { state: 'skipped', ms: 0, why: `needs ${missing.join(', ')}` });
    return;
  }
  console.log(color(1, `\n== ${step.name} ==`));
  const from = Date.now();
  let good = false;
  try {
    prepare(step);
    good = await run(typeof step.run === 'function' ? step.run() : step.run, step.at);
  } catch (error) {
    console.error(error.message);
  }
  const ms = Date.now() - from;
  results.set(step.name, { state: good ? 'passed' : 'failed', ms });
  console.log(good ? color(32, `-- ${step.name}: ${spell(ms)}`) : color(31, `-- ${step.name}: FAILED after ${spell(ms)}`));
}

function report() {
  console.log(color(1, '\n== summary =='));
  for (const [name, result] of results) {
    const state = result.state === 'passed' ? 'ok' : result.state === 'failed' ? 'FAILED' : `skipped (${result.why})`;
    console.log(`${name.padEnd(18)} ${result.ms ? spell(result.ms).padStart(12) : ''.padStart(12)}  ${state}`);
  }
  const bad = [...results].filter(([, result]) => result.state !== 'passed').map(([name]) => name);
  const took = spell(Date.now() - began);
  console.log(
    bad.length === 0
      ? color(32, `\nAll ${results.size} steps passed in ${took}.`)
      : color(31, `\nFAILED: ${bad.join(', ')} (of ${results.size} steps, in ${took}).`)
  );
  process.exitCode = bad.length === 0 ? 0 : 1;
}

try {
  for (const step of STEPS) if (!wanted || wanted.includes(step.name)) await one(step);
} finally {
  stopCluster();
}
report();
