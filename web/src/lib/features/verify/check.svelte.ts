/** A file being checked on the page: read here, checked here, its key compared with the service's. */
import { api } from '#lib/api/client.ts';
import { canVerify, hex, keyId } from './bytes.ts';
import type { Report } from './report.ts';
import { verify } from './verify.ts';

/** Whether the keys that signed are the service's; `offline` when it could not be asked. */
export type Trust = 'ours' | 'unknown' | 'offline';
export type Checked = { name: string; report: Report; keys: string[]; trust: Trust };

type Keys = { keys: { public_key: string }[] };

export class Check {
  busy = $state.raw<string | null>(null);
  done = $state.raw<Checked | null>(null);
  failed = $state.raw<'unable' | 'unread' | null>(null);

  async start(file: File): Promise<void> {
    this.busy = file.name;
    this.done = null;
    this.failed = null;
    try {
      if (!(await canVerify())) {
        this.failed = 'unable';
        return;
      }
      const report = await verify(new Uint8Array(await file.arrayBuffer()));
      const keys = await Promise.all(report.facts.keys.map(keyId));
      const trust = report.findings.length === 0 ? await trustIn(report) : 'offline';
      this.done = { name: file.name, report, keys, trust };
    } catch {
      this.failed = 'unread';
    } finally {
      this.busy = null;
    }
  }
}

async function trustIn(report: Report): Promise<Trust> {
  try {
    const { keys } = await api.get<Keys>('/api/verification/keys');
    const known = new Set(keys.map((key) => key.public_key));
    return report.facts.keys.every((key) => known.has(hex(key))) ? 'ours' : 'unknown';
  } catch {
    return 'offline';
  }
}
