import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Line, remembered } from './line';

type Handler = ((event: never) => void) | null;

/** One way, played by the test. */
class Played {
  static made: Played[] = [];
  onopen: Handler = null;
  onmessage: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;
  binaryType = '';
  closed = false;
  sent: unknown[] = [];
  kind: string;

  constructor(kind: string) {
    this.kind = kind;
    Played.made.push(this);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }
  close(): void {
    this.closed = true;
  }
  opens(): void {
    (this.onopen as unknown as (() => void) | null)?.();
  }
  says(data: string): void {
    (this.onmessage as unknown as ((event: { data: string }) => void) | null)?.({ data });
  }
  ends(code: number): void {
    (this.onclose as unknown as ((event: { code: number }) => void) | null)?.({ code });
  }
}

const made = (kind: string, at = -1): Played => Played.made.filter((each) => each.kind === kind).at(at) as Played;
const tried = (kind: string): number => Played.made.filter((each) => each.kind === kind).length;

function line(): { line: Line; heard: string[] } {
  const heard: string[] = [];
  const one = new Line('ws://host/ws/doc');
  one.onopen = () => heard.push(`open by ${one.way}`);
  one.onmessage = (event) => heard.push(String(event.data));
  one.onclose = (event) => heard.push(`closed ${event.code}`);
  return { line: one, heard };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  Played.made = [];
  Line.Native = class extends Played {
    constructor() {
      super('native');
    }
  } as unknown as typeof WebSocket;
  Line.Plain = class extends Played {
    constructor() {
      super('plain');
    }
  } as unknown as typeof Line.Plain;
  remembered().forget();
});
afterEach(() => vi.useRealTimers());

describe('the way to the server', () => {
  it('is a WebSocket as soon as one carried something, and nothing else is tried', () => {
    const { line: one, heard } = line();
    made('native').opens();
    expect(heard).toEqual([]);
    made('native').says('hello');
    expect(heard).toEqual(['open by websocket', 'hello']);
    one.send('x');
    expect(made('native').sent).toEqual(['x']);
    vi.advanceTimersByTime(60_000);
    expect(tried('plain')).toBe(0);
    made('native').ends(1006);
    expect(heard.at(-1)).toBe('closed 1006');
    expect(remembered().blocked).toBe(false);
  });

  it('is plain requests when WebSockets are refused, after a second try, and that is remembered', () => {
    const { heard } = line();
    made('native').ends(1006);
    made('plain').opens();
    made('plain').says('hello');
    expect(tried('native')).toBe(2);
    made('native').ends(1006);
    expect(heard).toEqual(['open by requests', 'hello']);
    line();
    expect(tried('native')).toBe(2);
    vi.advanceTimersByTime(5 * 60_000 + 1);
    line();
    expect(tried('native')).toBe(3);
  });

  it('stays a WebSocket when the server was only starting', () => {
    const { heard } = line();
    made('native').ends(1006);
    made('plain').opens();
    made('native').says('hello');
    expect(heard).toEqual(['open by websocket', 'hello']);
    expect(made('plain').closed).toBe(true);
    expect(remembered().blocked).toBe(false);
  });

  it('is plain requests when a WebSocket opens and carries nothing', () => {
    const { heard } = line();
    made('native').opens();
    vi.advanceTimersByTime(3_499);
    expect(tried('plain')).toBe(0);
    vi.advanceTimersByTime(1);
    made('plain').opens();
    expect(heard).toEqual(['open by requests']);
    expect(made('native').closed).toBe(true);
  });

  it('takes whichever speaks first when both are slow', () => {
    const { heard } = line();
    vi.advanceTimersByTime(3_500);
    made('native').opens();
    made('native').says('hello');
    expect(heard).toEqual(['open by websocket', 'hello']);
    expect(made('plain').closed).toBe(true);
  });

  it('passes the server’s own words on and tries nothing else', () => {
    const { heard } = line();
    made('native').ends(4404);
    expect(heard).toEqual(['closed 4404']);
    expect(tried('plain')).toBe(0);
  });

  it('is lost when neither answers, and remembers nothing', () => {
    const { heard } = line();
    made('native').ends(1006);
    made('plain').ends(1006);
    expect(heard).toEqual(['closed 1006']);
    expect(remembered().blocked).toBe(false);
  });
});
