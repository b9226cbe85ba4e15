/** The wire as the page sees it: which frames count for acknowledgements, and the server's notices. */

/** The tag of the server's notices; everything below 100 belongs to y-protocols. */
export const NOTICE_TAG = 100;

/** One notice of the server (`docs/live-text.md`, "The wire"). */
export type Notice =
  | {
      type: 'hello';
      seq: number;
      epoch: number;
      lineage: string;
      schema: number;
      may: string[];
      account: string;
      organisation: string | null;
    }
  | { type: 'stored'; updates: number; seq: number }
  | { type: 'refused'; update: number; code: string; rule: string | null }
  | { type: 'kept_aside'; update: number; contribution_id: string }
  | { type: 'rights'; may: string[]; epoch: number }
  | { type: 'storage'; state: string }
  | { type: 'nudge'; topic: string };

/** The kinds of frame the server counts. */
export type Counted = 'step2' | 'update';

/** Whether the server counts this outgoing frame, and as what. */
export function counted(frame: Uint8Array): Counted | null {
  if (frame[0] !== 0) return null;
  if (frame[1] === 1) return 'step2';
  return frame[1] === 2 ? 'update' : null;
}

/** The bytes of whatever a WebSocket is given to send. */
export function bytesOf(data: unknown): Uint8Array | null {
  if (data instanceof Uint8Array) return data;
  return data instanceof ArrayBuffer ? new Uint8Array(data) : null;
}

/** Reads a notice that follows its tag: a length as a variable integer, then JSON in UTF-8. */
export function readNotice(bytes: Uint8Array, from: number): Notice | null {
  let length = 0;
  let scale = 1;
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte === undefined || scale > 2 ** 35) return null;
    at += 1;
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
    scale *= 128;
  }
  if (at + length > bytes.length) return null;
  try {
    return asNotice(JSON.parse(new TextDecoder().decode(bytes.subarray(at, at + length))));
  } catch {
    return null;
  }
}

function asNotice(value: unknown): Notice | null {
  if (typeof value !== 'object' || value === null) return null;
  const said = value as Record<string, unknown>;
  switch (said.type) {
    case 'hello':
      return {
        type: 'hello',
        seq: number(said.seq),
        epoch: number(said.epoch),
        lineage: text(said.lineage),
        schema: number(said.schema),
        may: texts(said.may),
        account: text(said.account),
        organisation: typeof said.organisation === 'string' ? said.organisation : null,
      };
    case 'stored':
      return { type: 'stored', updates: number(said.updates), seq: number(said.seq) };
    case 'refused':
      return {
        type: 'refused',
        update: number(said.update),
        code: text(said.code),
        rule: typeof said.rule === 'string' ? said.rule : null,
      };
    case 'kept_aside':
      return {
        type: 'kept_aside',
        update: number(said.update),
        contribution_id: text(said.contribution_id),
      };
    case 'rights':
      return { type: 'rights', may: texts(said.may), epoch: number(said.epoch) };
    case 'storage':
      return { type: 'storage', state: text(said.state) };
    case 'nudge':
      return { type: 'nudge', topic: text(said.topic) };
    default:
      return null;
  }
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
