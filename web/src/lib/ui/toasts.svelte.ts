/** One line that says what happened, with a way back where there is one. */
export type Toast = { id: number; text: string; action: { label: string; run: () => void } | null };

const STAYS_MS = 6_000;
const STAYS_WITH_ACTION_MS = 12_000;

export class Toasts {
  shown = $state.raw<Toast[]>([]);
  #next = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  say(text: string, action: Toast['action'] = null): void {
    const id = this.#next++;
    this.shown = [...this.shown.slice(-2), { id, text, action }];
    this.#timers.set(id, setTimeout(() => this.dismiss(id), action ? STAYS_WITH_ACTION_MS : STAYS_MS));
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }
}

/** The page's one region of announcements. */
export const toasts = new Toasts();
