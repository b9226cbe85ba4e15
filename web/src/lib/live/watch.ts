/**
 * Who only reads hears when something changed: a socket that asks for notices and for no text.
 * Small and alone, so that the reading page loads no text engine. Where no WebSocket passes, the page
 * still asks again when it is looked at.
 */
import { NOTICE_TAG, readNotice } from './frames';
import { reconnectDelay } from './saved';

/** Something changed: the rights (a stage, a role), or something beside the text. */
export type Heard = 'rights' | 'nudge';

/** Close codes after which coming back is useless. */
const FINAL = { from: 4400, to: 4500 };

/** Watches a document until the answer is called; a nudge says its topic, none when anything may have changed. */
export function watch(base: string, document: string, hear: (what: Heard, topic: string | null) => void, socket: typeof WebSocket = WebSocket): () => void {
  let ended = false;
  let attempt = 0;
  let epoch: number | null = null;
  let open: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;

  function connect(): void {
    const connection = new socket(`${base}/${encodeURIComponent(document)}?notices=1`);
    open = connection;
    connection.binaryType = 'arraybuffer';
    connection.onmessage = (event: MessageEvent<unknown>) => {
      if (event.data instanceof ArrayBuffer) received(new Uint8Array(event.data));
    };
    connection.onclose = (event) => closed(event.code);
  }

  function received(frame: Uint8Array): void {
    const notice = frame[0] === NOTICE_TAG ? readNotice(frame, 1) : null;
    if (notice?.type === 'hello') {
      attempt = 0;
      // Something may have changed while the line was down.
      if (epoch !== null) hear(notice.epoch === epoch ? 'nudge' : 'rights', null);
      epoch = notice.epoch;
    } else if (notice?.type === 'rights') {
      epoch = notice.epoch;
      hear('rights', null);
    } else if (notice?.type === 'nudge') hear('nudge', notice.topic);
  }

  function closed(code: number): void {
    open = null;
    if (ended || (code >= FINAL.from && code < FINAL.to)) return;
    timer = setTimeout(connect, reconnectDelay(attempt, Math.random()));
    attempt += 1;
  }

  connect();
  return () => {
    ended = true;
    if (timer !== null) clearTimeout(timer);
    open?.close();
  };
}
