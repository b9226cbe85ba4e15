/** One try to send a form: what is wrong is said at its fields, and what was typed stays. */
import { fieldSentences, problemSentence } from '#lib/i18n/problems.ts';
import { toFirstFault } from '#lib/ui/faults.ts';

export class Attempt {
  busy = $state(false);
  refused = $state<string | null>(null);
  wrong = $state<Record<string, string>>({});

  /** Whether it was done. */
  async run(act: () => Promise<unknown>, form: EventTarget | null = null): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.refused = null;
    this.wrong = {};
    try {
      await act();
      return true;
    } catch (failure) {
      this.wrong = fieldSentences(failure);
      this.refused = problemSentence(failure);
      void toFirstFault(form);
      return false;
    } finally {
      this.busy = false;
    }
  }

  clear(): void {
    this.refused = null;
    this.wrong = {};
  }
}

/** Euros as typed, in cents; not a number when it is none. */
export function cents(typed: string): number {
  const plain = typed.replace(/[\s\u00a0\u202f€]/g, '').replace(',', '.');
  return plain === '' ? Number.NaN : Math.round(Number(plain) * 100);
}

/** Cents as one types them, thousands apart. */
export function typedEuros(value: number): string {
  const [whole = '0', part] = (value / 100).toFixed(2).split('.');
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return part === '00' ? apart : `${apart},${part}`;
}
