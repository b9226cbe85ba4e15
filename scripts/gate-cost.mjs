// Counts what the gate costs for a typed and a deleted character, and what one turn of a room costs
// (without its disk), so that a slow creep is seen: allocations of the gate (none) and instructions
// of both (callgrind), against the figures below with a margin. Built as the server is for use.
// Installs valgrind where it may; without it the step fails and says so.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './binary.mjs';

/** Instructions: one typed and one deleted character; one turn with ten sockets. */
const STORED = { gate: 4_751, turn: 22_582 };
const MARGIN = 1.15;
const COUNT = 10_000;

const folder = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'fuzz/target'), 'cost');
const built = spawnSync('cargo', ['build', '--locked', '--profile', 'cost', '--bin', 'cost'], {
  cwd: path.join(root, 'fuzz'),
  env: { ...process.env, CARGO_TARGET_DIR: folder },
  stdio: 'inherit'
});
if (built.status !== 0) process.exit(1);
const cost = path.join(folder, 'cost/cost');

const [allocations, ns] = spawnSync(cost, ['gate', String(COUNT)], { encoding: 'utf8' }).stdout.split(' ').map(Number);
console.log(`gate: ${allocations} allocations in ${2 * COUNT} reads, ${Math.round(ns / COUNT / 2)} ns each here`);
if (allocations !== 0) process.exitCode = 1;

if (spawnSync('valgrind', ['--version']).error && spawnSync(path.join(root, 'scripts/apt.sh'), ['valgrind'], { stdio: 'inherit' }).status !== 0) {
  console.error('NOT CHECKED: valgrind is missing, the instructions of the gate and of a turn were not counted.');
  process.exit(1);
}

function instructions(what, count) {
  const done = spawnSync('valgrind', ['--tool=callgrind', '--callgrind-out-file=/dev/null', cost, what, String(count)], { encoding: 'utf8' });
  const collected = /Collected : (\d+)/.exec(done.stderr ?? '')?.[1];
  if (!collected) throw new Error(`callgrind said: ${done.stderr}`);
  return Number(collected);
}

for (const [what, stored] of Object.entries(STORED)) {
  const each = Math.round((instructions(what, 2 * COUNT) - instructions(what, COUNT)) / COUNT);
  console.log(`${what}: ${each} instructions (stored: ${stored})`);
  if (each <= stored * MARGIN) continue;
  console.error(`More than ${Math.round((MARGIN - 1) * 100)} % over the stored figure: find out why, or store the new one.`);
  process.exitCode = 1;
}
