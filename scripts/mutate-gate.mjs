// Takes the gate's rules away one at a time and runs all its tests: exactly those named after the
// rule must fail, and nothing else. Reasons for a gap count as rules.
// Usage: node scripts/mutate-gate.mjs [RULE..]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './binary.mjs';

const source = fs.readFileSync(path.join(root, 'server/live/gate/rule.rs'), 'utf8');
const rules = [...source.matchAll(/^ {4}\w+ = \d+ "(\w+)";/gm)].map((found) => found[1]);
const keys = [...rules, 'gap_start', 'gap_absent', 'gap_circle', 'gap_delete'];
if (rules.length < 40) throw new Error('the rules are no longer found in rule.rs');

const built = spawnSync('cargo', ['test', '--locked', '--lib', '--no-run', '--message-format=json'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 1 << 28,
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (built.status !== 0) process.exit(1);
const artifacts = built.stdout.split('\n').filter((line) => line.includes('"executable":"'));
const binary = artifacts.map((line) => JSON.parse(line)).find((one) => one.profile?.test && one.target.kind.includes('lib'))?.executable;
if (!binary) throw new Error('cargo built no unit tests');

/** The tests of the gate that fail without this rule. */
function failures(key) {
  const done = spawnSync(binary, ['live::gate', '--skip', 'every_rule_is_needed', '--skip', 'never_panic'], {
    env: { ...process.env, ...(key ? { CHANTIER_GATE_WITHOUT: key } : {}), RUST_BACKTRACE: '0' },
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  const failed = [...done.stdout.matchAll(/^test (\S+) \.\.\. FAILED$/gm)].map((found) => found[1].split('::').at(-1));
  if (done.status !== 0 && failed.length === 0) throw new Error(`${key}: the tests ended otherwise\n${done.stderr.slice(-2000)}`);
  return failed;
}

const whole = failures(null);
if (whole.length > 0) throw new Error(`with every rule: ${whole.join(', ')}`);
const wanted = process.argv.slice(2);
let bad = 0;
for (const key of keys.filter((known) => wanted.length === 0 || wanted.includes(known))) {
  const failed = failures(key);
  const others = failed.filter((name) => !name.startsWith(key));
  if (failed.length === 0) console.error(`${key}: taken away, no test fails`);
  if (others.length > 0) console.error(`${key}: taken away, these fail too: ${others.join(', ')}`);
  if (failed.length === 0 || others.length > 0) bad += 1;
}
console.log(bad === 0 ? 'Each rule is held by its own tests, and by no other.' : `${bad} rules are not.`);
process.exitCode = bad === 0 ? 0 : 1;
