// Fuzzes what reads bytes from outside, guided by coverage, on the stable compiler: the instrumentation
// is LLVM's, asked for by flags, and the engine is libFuzzer. One body after the other, on one core.
// New inputs that reach new code stay in fuzz/found/; a crash is written there too and ends the run
// with its name. First of all a planted defect must be found, or the fuzzer itself is broken.
// Usage: node scripts/fuzz.mjs [SECONDS FOR EACH BODY]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './binary.mjs';

const seconds = Number(process.argv[2] ?? 60);
const TARGET = 'x86_64-unknown-linux-gnu';
const FLAGS = [
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '-Ccodegen-units=1',
  '--cfg=fuzzing',
];
const target = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'fuzz/target'), 'fuzz');

function build(...features) {
  const folder = features.length > 0 ? `${target}-planted` : target;
  const built = spawnSync('cargo', ['build', '--locked', '--release', '--bin', 'fuzz', '--target', TARGET, ...features], {
    cwd: path.join(root, 'fuzz'),
    env: { ...process.env, RUSTFLAGS: FLAGS.join(' '), CARGO_TARGET_DIR: folder },
    stdio: 'inherit',
  });
  if (built.status !== 0) process.exit(1);
  return path.join(folder, TARGET, 'release/fuzz');
}

/** Runs one body; its exit code and its last lines. */
function run(binary, body, time, found) {
  fs.mkdirSync(found, { recursive: true });
  const seeds = [path.join(root, 'tests/fixtures/gate/corpus', body)];
  // The known crashers are updates one after the other.
  if (['gate', 'document'].includes(body)) seeds.push(path.join(root, 'tests/fixtures/gate/crashers'));
  const files = seeds.flatMap((folder) => fs.readdirSync(folder).map((name) => path.join(folder, name)));
  const longest = Math.max(3000, ...files.map((file) => fs.statSync(file).size));
  const limits = [`-max_total_time=${time}`, `-max_len=${longest}`, '-timeout=20', '-rss_limit_mb=3000', '-print_final_stats=1'];
  const done = spawnSync('nice', ['-n', '19', binary, found, ...seeds, ...limits, `-artifact_prefix=${found}/`], {
    env: { ...process.env, FUZZ_BODY: body, RUST_BACKTRACE: '0' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return { code: done.status, said: done.stderr ?? '' };
}

const planted = run(build('--features', 'planted'), 'vector', 120, fs.mkdtempSync(path.join(os.tmpdir(), 'planted-')));
if (planted.code === 0 || !planted.said.includes('the planted defect')) {
  console.error('The planted defect was not found: the fuzzer does not see coverage.');
  process.exit(1);
}
console.log('The planted defect was found.');

const binary = build();
const bodies = fs.readdirSync(path.join(root, 'tests/fixtures/gate/corpus')).sort();
let failed = 0;
for (const body of bodies) {
  const { code, said } = run(binary, body, seconds, path.join(root, 'fuzz/found', body));
  const executed = /stat::number_of_executed_units: (\d+)/.exec(said)?.[1] ?? '?';
  console.log(`${body.padEnd(10)} ${executed.padStart(9)} executions  ${code === 0 ? 'ok' : 'FAILED'}`);
  if (code !== 0) {
    failed += 1;
    console.error(said.split('\n').slice(-30).join('\n'));
  }
}
process.exitCode = failed > 0 ? 1 : 0;
