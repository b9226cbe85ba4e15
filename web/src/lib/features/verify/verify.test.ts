/** The files and cases of `tests/proofs/`: both readers give the same verdicts. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crc32, type Bytes } from './bytes.ts';
import { verify } from './verify.ts';

type Case = { base: string; changes: [number, number][]; right_tail: boolean; kind: string; findings: Record<string, unknown>[] };

const read = (name: string): Bytes => new Uint8Array(readFileSync(new URL(`../../../../../tests/proofs/${name}`, import.meta.url)));
const version = read('version.json');
const dossier = read('dossier.zip');
const cases = JSON.parse(new TextDecoder().decode(read('cases.json'))) as Case[];

function changed(file: Bytes, changes: [number, number][]): Bytes {
  const copy = file.slice();
  for (const [at, change] of changes) copy[at] = copy[at]! ^ change;
  return copy;
}

/** The file with its checksum made right again, as somebody would who changes it on purpose. */
function withRightTail(file: Bytes): Bytes {
  const json = new TextDecoder().decode(file.subarray(-2)) === '"}';
  const digits = file.length - (json ? 10 : 8);
  const body = json ? digits - ',"tail_crc32":"'.length : digits;
  file.set(new TextEncoder().encode(crc32(file.subarray(0, body)).toString(16).padStart(8, '0')), digits);
  return file;
}

test('what is sealed holds, and tells what it contains', async () => {
  const one = await verify(version);
  expect([one.kind, one.findings, one.facts.sealed[0]?.proposal_number]).toEqual(['version', [], 'CREER-2026-CH5-007']);
  const all = await verify(dossier);
  expect([all.kind, all.findings, all.facts.versions, all.facts.opinions, all.facts.acts]).toEqual(['dossier', [], 1, 0, 2]);
});

test('every case has the verdict of the other reader', async () => {
  expect(cases.length).toBeGreaterThan(200);
  for (const { base, changes, right_tail, kind, findings } of cases) {
    const bytes = changed(read(base), changes);
    const report = await verify(right_tail ? withRightTail(bytes) : bytes);
    expect({ kind: report.kind, findings: report.findings }, JSON.stringify({ base, changes, right_tail })).toEqual({ kind, findings });
  }
});

test('every changed byte of a version is named', async () => {
  for (let offset = 0; offset < version.length; offset += 1) {
    const report = await verify(changed(version, [[offset, 0x11]]));
    const byte = { file: '', code: 'byte_changed', offset, is: version[offset]! ^ 0x11, should_be: version[offset] };
    expect(report.findings, `byte ${offset}`).toEqual([byte]);
  }
});

test('changed bytes of a dossier are named; the other reader tries every one', async () => {
  for (let at = 0; at < dossier.length; at += 7) {
    const report = await verify(changed(dossier, [[at, 1]]));
    const [finding] = report.findings;
    expect(finding, `byte ${at}`).toMatchObject({ code: 'byte_changed', is: dossier[at]! ^ 1, should_be: dossier[at] });
  }
});

test('a seal alone holds, and every changed byte of it is found', async () => {
  const text = new TextDecoder('latin1').decode(version);
  const [from, to] = [text.lastIndexOf(',"proof":') + ',"proof":'.length, text.lastIndexOf(',"tail_crc32"')];
  const seal = version.slice(from, to);
  const one = await verify(seal);
  expect([one.kind, one.findings, one.facts.sealed[0]?.proposal_number]).toEqual(['seal', [], 'CREER-2026-CH5-007']);
  for (let at = 0; at < seal.length; at += 5) expect((await verify(changed(seal, [[at, 1]]))).findings, `byte ${at}`).toHaveLength(1);
});

test('what is no file of ours says so', async () => {
  for (const file of [new Uint8Array(0), version.subarray(0, 400), dossier.subarray(0, 3000)]) {
    expect((await verify(file)).findings).toEqual([{ file: '', code: 'unreadable' }]);
  }
});
