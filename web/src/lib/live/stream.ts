/**
 * Frames as they travel without a WebSocket (`docs/decisions/0017-without-a-websocket.md`): one
 * stream of bytes a direction, each frame after its length; down it comes as an event stream or
 * as plain answers.
 */

/** A frame after its length (unsigned LEB128). */
export function measured(frame: Uint8Array): Uint8Array {
  const head: number[] = [];
  let length = frame.length;
  for (; length >= 0x80; length = Math.floor(length / 0x80)) head.push((length & 0x7f) | 0x80);
  head.push(length);
  return joined([Uint8Array.from(head), frame]);
}

/** These bytes in one piece. */
export function joined(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((all, piece) => all + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Cuts a stream of bytes into its frames, wherever its pieces begin and end. */
export class Frames {
  #pieces: Uint8Array[] = [];
  #held = 0;
  #wanted = 1;

  /** The frames that are whole now. */
  push(piece: Uint8Array): Uint8Array[] {
    this.#pieces.push(piece);
    this.#held += piece.length;
    const frames: Uint8Array[] = [];
    while (this.#held >= this.#wanted) {
      // Joined only when it can help: a long frame in many pieces is copied once.
      const bytes = joined(this.#pieces);
      const length = lengthOf(bytes);
      if (length === null) {
        this.#keep(bytes, bytes.length + 1);
      } else if (bytes.length < length.head + length.body) {
        this.#keep(bytes, length.head + length.body);
      } else {
        const end = length.head + length.body;
        frames.push(bytes.slice(length.head, end));
        this.#keep(bytes.subarray(end), 1);
      }
    }
    return frames;
  }

  #keep(bytes: Uint8Array, wanted: number): void {
    this.#pieces = bytes.length > 0 ? [bytes] : [];
    this.#held = bytes.length;
    this.#wanted = wanted;
  }
}

function lengthOf(bytes: Uint8Array): { head: number; body: number } | null {
  let body = 0;
  let scale = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    body += (byte & 0x7f) * scale;
    if (byte < 0x80) return { head: at + 1, body };
    scale *= 128;
  }
  return null;
}

/** One event of an event stream. */
export interface StreamEvent {
  event: string;
  id: string;
  data: string;
}

/** Reads an event stream as its text comes; a comment alone is no event. */
export class Events {
  #text = '';

  push(text: string): StreamEvent[] {
    this.#text += text;
    const events: StreamEvent[] = [];
    for (;;) {
      const end = /\r?\n\r?\n/.exec(this.#text);
      if (!end) return events;
      const read = eventOf(this.#text.slice(0, end.index));
      this.#text = this.#text.slice(end.index + end[0].length);
      if (read) events.push(read);
    }
  }
}

function eventOf(block: string): StreamEvent | null {
  const event: StreamEvent = { event: 'message', id: '', data: '' };
  let known = false;
  for (const line of block.split(/\r?\n/)) {
    const field = /^(event|id|data): ?(.*)$/.exec(line);
    if (!field) continue;
    known = true;
    event[field[1] as keyof StreamEvent] = field[2] ?? '';
  }
  return known ? event : null;
}

/** The bytes that a text in base64 stands for. */
export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
