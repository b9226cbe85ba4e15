// Licences, sources and bans of what we depend on, in Rust and in the web client.
// The rules are those of deny.toml. With cargo-deny installed it does the Rust half; without it the
// same rules are applied here. Starts with a self-test: a check that cannot fail is worth nothing.
// Usage: node scripts/dependencies.mjs [--own]   (--own: do not use cargo-deny)

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './binary.mjs';
import { accepts } from './licences.mjs';
import { parseToml } from './toml.mjs';

/** Web packages whose manifest says nothing or something rare; used to build, or read by a person. */
const WEB_EXCEPTIONS = {
  argparse: { licence: 'Python-2.0', why: 'permissive; a build tool, not shipped' },
  '@inlang/plugin-message-format': { licence: undefined, why: 'MIT in its LICENSE file, no field in its manifest; a build tool' },
  'sqlite-wasm-kysely': { licence: undefined, why: 'licence file only; part of the message compiler, not shipped' }
};
/** Web packages of which two copies would break documents: types are compared by identity. */
const WEB_SINGLE = ['yjs', 'y-protocols', 'lib0', 'prosemirror-model', 'prosemirror-state', 'prosemirror-view', '@tiptap/core', 'svelte'];

/** What is wrong with the Rust packages, as sentences. `metadata` is cargo's description of the tree. */
export function rustProblems(metadata, rules) {
  const problems = [];
  const accepted = new Set(rules.licenses.allow);
  const members = new Set(metadata.workspace_members);
  const names = new Map();
  for (const found of metadata.packages) names.set(found.name, [...(names.get(found.name) ?? []), found]);
  for (const found of metadata.packages) {
    const name = `${found.name} ${found.version}`;
    if (!met(found.license, accepted)) problems.push(`${name}: licence ${found.license ?? 'not said'} is not accepted`);
    if (!members.has(found.id) && !found.source?.startsWith('registry+')) problems.push(`${name}: comes from ${found.source ?? 'a folder'}, not from the registry`);
    for (const wanted of found.dependencies ?? []) {
      if (members.has(found.id) && wanted.req === '*') problems.push(`${name}: asks for any version of ${wanted.name}`);
    }
  }
  const registries = new Set(metadata.packages.map((found) => found.source).filter((source) => source?.startsWith('registry+')));
  if (registries.size > 1) problems.push(`packages come from ${registries.size} registries, one is wanted: ${[...registries].join(', ')}`);
  for (const ban of rules.bans.deny) {
    const copies = names.get(ban.crate) ?? [];
    if (ban['deny-multiple-versions']) {
      if (copies.length > 1) problems.push(`${ban.crate}: ${copies.length} versions (${ban.reason})`);
      continue;
    }
    const allowedBy = new Set(ban.wrappers ?? []);
    for (const user of copies.length ? metadata.packages : []) {
      const direct = (user.dependencies ?? []).some((wanted) => wanted.name === ban.crate && resolved(metadata, user.id, copies));
      if (direct && !allowedBy.has(user.name)) problems.push(`${ban.crate}: banned, used by ${user.name} (${ban.reason})`);
    }
  }
  return problems;
}

/** Whether the resolved tree has an edge from this package to one of the copies. */
function resolved(metadata, id, copies) {
  const ids = new Set(copies.map((copy) => copy.id));
  const node = metadata.resolve.nodes.find((found) => found.id === id);
  return node?.dependencies.some((wanted) => ids.has(wanted)) ?? false;
}

function met(expression, accepted) {
  try {
    return Boolean(expression) && accepts(expression, accepted);
  } catch {
    return false;
  }
}

/** What is wrong with the web client's packages, as sentences. `lock` is package-lock.json. */
export function webProblems(lock, rules) {
  const problems = [];
  const accepted = new Set(rules.licenses.allow);
  const copies = new Map();
  for (const [at, found] of Object.entries(lock.packages)) {
    if (at === '') continue;
    const name = at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length);
    copies.set(name, [...(copies.get(name) ?? []), found.version]);
    const exception = WEB_EXCEPTIONS[name];
    const excepted = exception && exception.licence === found.license;
    if (!excepted && !met(found.license, accepted)) problems.push(`${name} ${found.version}: licence ${found.license ?? 'not said'} is not accepted`);
    if (found.link || !found.integrity?.startsWith('sha512-')) problems.push(`${name} ${found.version}: has no SHA-512 in the lock file`);
    if (found.resolved) problems.push(`${name} ${found.version}: the lock file names ${found.resolved}, not the registry's package`);
  }
  for (const name of WEB_SINGLE) {
    const found = copies.get(name) ?? [];
    if (found.length > 1) problems.push(`${name}: ${found.length} copies (${found.join(', ')}), one is needed`);
  }
  return problems;
}

/** Proves on made-up trees that each rule can say no. */
export function selfTest(rules) {
  const registry = 'registry+https://example.org/index';
  const crate = (name, license, more = {}) => ({ id: `${name}@1`, name, version: '1.0.0', license, source: registry, dependencies: [], ...more });
  const tree = (...packages) => ({
    packages,
    workspace_members: ['ours@1'],
    resolve: { nodes: packages.map((found) => ({ id: found.id, dependencies: found.dependencies.map((wanted) => `${wanted.name}@1`) })) }
  });
  const ours = crate('ours', 'Apache-2.0', { source: null, dependencies: [{ name: 'openssl', req: '^1' }] });
  const expectOne = (problems, pattern) => {
    assert.equal(problems.length, 1, problems.join('; '));
    assert.match(problems[0], pattern);
  };
  assert.deepEqual(rustProblems(tree(crate('good', 'MIT OR GPL-3.0')), rules), []);
  expectOne(rustProblems(tree(crate('bad', 'GPL-3.0-only')), rules), /^bad 1\.0\.0: licence GPL-3\.0-only/);
  expectOne(rustProblems(tree(crate('both', 'MIT AND AGPL-3.0')), rules), /licence/);
  expectOne(rustProblems(tree(crate('silent', null)), rules), /not said/);
  expectOne(rustProblems(tree(crate('strange', '(MIT')), rules), /licence/);
  expectOne(rustProblems(tree(crate('git', 'MIT', { source: 'git+https://example.org/x' })), rules), /not from the registry/);
  expectOne(rustProblems(tree(crate('a', 'MIT'), crate('b', 'MIT', { source: 'registry+https://example.org/other' })), rules), /2 registries/);
  expectOne(rustProblems(tree(ours, crate('openssl', 'Apache-2.0')), rules), /^openssl: banned, used by ours/);
  expectOne(rustProblems(tree(crate('yrs', 'MIT'), crate('yrs', 'MIT', { id: 'yrs@2' })), rules), /^yrs: 2 versions/);

  const entry = (more) => ({ version: '1.0.0', license: 'MIT', integrity: 'sha512-x', ...more });
  const lock = (packages) => ({ packages: { '': {}, ...packages } });
  assert.deepEqual(webProblems(lock({ 'node_modules/good': entry({}) }), rules), []);
  expectOne(webProblems(lock({ 'node_modules/bad': entry({ license: 'AGPL-3.0' }) }), rules), /^bad 1\.0\.0: licence AGPL-3\.0/);
  expectOne(webProblems(lock({ 'node_modules/argparse': entry({ license: 'GPL-2.0' }) }), rules), /GPL-2\.0/);
  expectOne(webProblems(lock({ 'node_modules/bare': entry({ integrity: undefined }) }), rules), /SHA-512/);
  expectOne(webProblems(lock({ 'node_modules/far': entry({ resolved: 'git+ssh://example.org' }) }), rules), /not the registry's/);
  expectOne(webProblems(lock({ 'node_modules/yjs': entry({}), 'node_modules/a/node_modules/yjs': entry({}) }), rules), /^yjs: 2 copies/);
}

function cargoDeny() {
  const run = (...checks) => spawnSync('cargo', ['deny', '--all-features', '--offline', 'check', ...checks], { cwd: root, encoding: 'utf8' });
  const ended = run('bans', 'licenses', 'sources');
  if (ended.status !== 0) return [`cargo deny refuses:\n${ended.stderr}`];
  console.log('Rust advisories: run "cargo deny check advisories" where its database can be fetched.');
  return [];
}

/** Known weaknesses of what we ship to browsers, when the registry answers the question. */
function webAdvisories() {
  const asked = spawnSync('npm', ['audit', '--omit=dev', '--json'], { cwd: path.join(root, 'web'), encoding: 'utf8', timeout: 60_000 });
  let answer;
  try {
    answer = JSON.parse(asked.stdout);
  } catch {
    answer = {};
  }
  if (!answer.vulnerabilities) {
    console.log('Web advisories: not checked, the registry does not answer npm audit here.');
    return [];
  }
  const serious = Object.values(answer.vulnerabilities).filter((found) => ['high', 'critical'].includes(found.severity));
  if (serious.length === 0) console.log('Web advisories: none high or critical in what is shipped.');
  return serious.map((found) => `${found.name}: ${found.severity} advisory, see npm audit`);
}

function main() {
  const rules = parseToml(fs.readFileSync(path.join(root, 'deny.toml'), 'utf8'));
  selfTest(rules);
  const problems = [];
  const deny = !process.argv.includes('--own') && spawnSync('cargo', ['deny', '--version']).status === 0;
  if (deny) {
    problems.push(...cargoDeny());
  } else {
    const described = execFileSync('cargo', ['metadata', '--format-version', '1', '--locked'], { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 });
    const metadata = JSON.parse(described);
    problems.push(...rustProblems(metadata, rules));
    console.log(`Rust: ${metadata.packages.length} packages looked at.`);
    console.log('Rust advisories: not checked, cargo-deny is not installed here.');
  }
  const lock = JSON.parse(fs.readFileSync(path.join(root, 'web', 'package-lock.json'), 'utf8'));
  problems.push(...webProblems(lock, rules));
  console.log(`Web: ${Object.keys(lock.packages).length - 1} packages looked at.`);
  problems.push(...webAdvisories());
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exit(1);
  console.log('Dependencies: licences, sources and bans are as deny.toml wants.');
}

main();
