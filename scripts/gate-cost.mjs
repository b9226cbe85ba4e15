// Counts what the gate costs for a typed and a deleted character, so that a slow creep is seen:
// allocations (none) and instructions (callgrind), against the figure below with a margin.
// Without valgrind the instructions are left out, loudly.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { root } from './binary.mjs';

/** Instructions for one typed and one deleted character together, with the checks of its build. */
const STORED = 5_320;
const MARGIN = 1.15;
const READS = 10_000;

const folder = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'fuzz/target'), 'cost');
const built = spawnSync('cargo', ['build', '--locked', '--release', '--bin', 'cost'], {
  cwd: path.join(root, 'fuzz'),
  env: { ...process.env, CARGO_TARGET_DIR: folder },
  stdio: 'inherit',
});
if (built.status !== 0) process.exit(1);
const cost = path.join(folder, 'release/cost');

const allocations = Number(spawnSync(cost, [String(READS)], { encoding: 'utf8' }).stdout);
console.log(`${allocations} allocations in ${2 * READS} reads`);
if (allocations !== 0) process.exitCode = 1;

function instructions(reads) {
  const done = spawnSync('valgrind', ['--tool=callgrind', '--callgrind-out-file=/dev/null', cost, String(reads)], { encoding: 'utf8' });
  if (done.error) return null;
  return Number(/Collected : (\d+)/.exec(done.stderr)?.[1]);
}

const some = instructions(READS);
if (some === null) {
  console.warn('NOT CHECKED: valgrind is not installed, the instructions of the gate were not counted.');
} else {
  const each = Math.round((some - instructions(0)) / READS);
  console.log(`${each} instructions for one typed and one deleted character (stored: ${STORED})`);
  if (!(each <= STORED * MARGIN)) {
    console.error(`More than ${Math.round((MARGIN - 1) * 100)} % over the stored figure: find out why, or store the new one.`);
    process.exitCode = 1;
  }
}
