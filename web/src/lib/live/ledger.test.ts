import { describe, expect, it } from 'vitest';

import { bytesOf, counted, readNotice } from './frames';
import { Ledger } from './ledger';
import { reconnectDelay, savedState, type Known } from './saved';

describe('edits that came too late', () => {
  it('are all held once each of their frames is told', () => {
    const ledger = new Ledger();
    ledger.connected();
    ledger.sent('step2', 0);
    ledger.edited();
    ledger.sent('update', 1);
    ledger.edited();
    ledger.sent('update', 2);
    ledger.acknowledged(1);
    expect(ledger.allHeld).toBe(false);
    ledger.keptAside(2);
    expect([ledger.allHeld, ledger.heldClock, ledger.pending]).toEqual([false, 1, 2]);
    ledger.keptAside(3);
    expect([ledger.allHeld, ledger.someAside, ledger.heldClock]).toEqual([true, true, 2]);
    // One more that was not told: not all is held.
    ledger.edited();
    expect(ledger.allHeld).toBe(false);
    ledger.sent('update', 3);
    expect(ledger.allHeld).toBe(false);
  });

  it('are told again on the next connection', () => {
    const ledger = new Ledger(2);
    ledger.connected();
    ledger.sent('step2', 0);
    ledger.keptAside(1);
    expect([ledger.allHeld, ledger.pending]).toEqual([true, 2]);
    ledger.connected();
    expect(ledger.allHeld).toBe(false);
  });
});

describe('what the server acknowledged', () => {
  it('counts step 2 and updates, and nothing else', () => {
    expect(counted(new Uint8Array([0, 0, 1]))).toBeNull();
    expect(counted(new Uint8Array([0, 1, 1]))).toBe('step2');
    expect(counted(new Uint8Array([0, 2, 1]))).toBe('update');
    expect(counted(new Uint8Array([1, 2, 1]))).toBeNull();
    expect(bytesOf('text')).toBeNull();
  });

  it('knows an edit as stored only when its frame is among the first n', () => {
    const ledger = new Ledger();
    ledger.connected();
    ledger.sent('step2', 0);
    ledger.edited();
    ledger.sent('update', 1);
    ledger.edited();
    ledger.sent('update', 2);
    expect(ledger.pending).toBe(2);
    expect(ledger.acknowledged(1)).toBe(false);
    expect(ledger.acknowledged(2)).toBe(true);
    expect([ledger.pending, ledger.clock]).toEqual([1, 1]);
    ledger.acknowledged(3);
    expect(ledger.pending).toBe(0);
  });

  it('does not take an update sent before step 2 for all that was made before it', () => {
    const ledger = new Ledger(4);
    ledger.connected();
    ledger.edited();
    ledger.sent('update', 9);
    ledger.acknowledged(1);
    expect(ledger.pending).toBe(5);
    ledger.sent('step2', 9);
    ledger.acknowledged(2);
    expect([ledger.pending, ledger.clock]).toEqual([0, 9]);
  });

  it('forgets frames of a lost connection, not the edits in them', () => {
    const ledger = new Ledger();
    ledger.connected();
    ledger.sent('step2', 0);
    ledger.edited();
    ledger.sent('update', 1);
    ledger.connected();
    ledger.acknowledged(2);
    expect(ledger.pending).toBe(1);
    ledger.sent('step2', 1);
    ledger.acknowledged(1);
    expect(ledger.pending).toBe(0);
  });

  it('never believes more frames than it sent', () => {
    const ledger = new Ledger();
    ledger.connected();
    ledger.edited();
    ledger.acknowledged(1_000);
    expect(ledger.pending).toBe(1);
  });
});

describe('notices', () => {
  const framed = (value: unknown): Uint8Array => {
    const json = new TextEncoder().encode(JSON.stringify(value));
    const length = json.length < 128 ? [json.length] : [(json.length & 0x7f) | 0x80, json.length >> 7];
    return new Uint8Array([100, ...length, ...json]);
  };

  it('reads what it knows and ignores the rest', () => {
    expect(readNotice(framed({ type: 'stored', updates: 3, seq: 9 }), 1)).toEqual({
      type: 'stored',
      updates: 3,
      seq: 9,
    });
    const rights = readNotice(framed({ type: 'rights', may: ['read', 4], epoch: 2, more: 'x'.repeat(200) }), 1);
    expect(rights).toEqual({ type: 'rights', may: ['read'], epoch: 2 });
    expect(readNotice(framed({ type: 'weather' }), 1)).toBeNull();
    expect(readNotice(framed(null), 1)).toBeNull();
  });

  it('survives bytes that are cut or are not JSON', () => {
    expect(readNotice(new Uint8Array([100]), 1)).toBeNull();
    expect(readNotice(new Uint8Array([100, 9, 123]), 1)).toBeNull();
    expect(readNotice(new Uint8Array([100, 1, 123]), 1)).toBeNull();
    expect(readNotice(new Uint8Array([100, 255, 255, 255, 255, 255, 255, 255, 1]), 1)).toBeNull();
  });
});

describe('the sentence about saving', () => {
  const known: Known = { ended: null, code: null, refused: null, suspended: false, inStep: true, lost: false, pending: 0, kept: true };

  it.each([
    [{}, { state: 'saved' }],
    [{ pending: 2 }, { state: 'pending', edits: 2 }],
    [{ inStep: false }, { state: 'opening' }],
    [{ inStep: false, lost: true, pending: 1 }, { state: 'offline', edits: 1, kept: true, code: null }],
    [{ inStep: false, lost: true, pending: 1, ended: 'signed_out' as const }, { state: 'ended', why: 'signed_out', edits: 1, kept: true }],
    [{ suspended: true, pending: 1 }, { state: 'suspended', edits: 1, kept: true }],
    [{ suspended: true, refused: 'stage' }, { state: 'refused', code: 'stage' }],
    [{ inStep: false, pending: 1 }, { state: 'pending', edits: 1 }],
  ])('%o', (change, said) => {
    expect(savedState({ ...known, ...change } as Known)).toEqual(said);
  });

  it('comes back later each time, and not at the same moment as others', () => {
    expect(reconnectDelay(0, 0)).toBe(250);
    expect(reconnectDelay(0, 1)).toBe(500);
    expect(reconnectDelay(3, 0.5)).toBe(3_000);
    expect(reconnectDelay(50, 1)).toBe(30_000);
  });
});
