import { describe, expect, it } from 'vitest';

import { Events, Frames, fromBase64, joined, measured } from './stream';

const bytes = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);

describe('a stream of frames', () => {
  it('is cut into its frames wherever its pieces begin and end', () => {
    const frames = [bytes(3, 1), bytes(0, 0), bytes(300, 2), bytes(20_000, 3)];
    const stream = joined(frames.map(measured));
    for (const size of [1, 2, 7, 301, 4096, stream.length]) {
      const reader = new Frames();
      const read: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) read.push(...reader.push(stream.subarray(at, at + size)));
      expect(read, `in pieces of ${size}`).toEqual(frames);
    }
  });

  it('gives nothing before a frame is whole', () => {
    const reader = new Frames();
    const stream = measured(bytes(500, 9));
    expect(reader.push(stream.subarray(0, 501))).toEqual([]);
    expect(reader.push(stream.subarray(501))).toEqual([bytes(500, 9)]);
  });
});

describe('an event stream', () => {
  it('is read as its text comes, comments left out', () => {
    const events = new Events();
    expect(events.push(': life\n\nevent: seat\nda')).toEqual([]);
    expect(events.push('ta: abc\n\nid: 4\ndata: AQI=\n')).toEqual([{ event: 'seat', id: '', data: 'abc' }]);
    expect(events.push('\n')).toEqual([{ event: 'message', id: '4', data: 'AQI=' }]);
    expect(fromBase64('AQI=')).toEqual(Uint8Array.of(1, 2));
  });

  it('reads lines that a proxy ended otherwise', () => {
    expect(new Events().push('id: 1\r\ndata: AQI=\r\n\r\n')).toEqual([{ event: 'message', id: '1', data: 'AQI=' }]);
  });
});
