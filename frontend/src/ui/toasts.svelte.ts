export interface Toast {
  key: number;
  message: string;
  action?: { label: string; run: () => void };
}

/** How long a message stays; one with an action longer, for it must be reached. */
const stay_ms = 6000;
const stayWithAction_ms = 12_000;

class Toasts {
  shown = $state<Toast[]>([]);
  #next = 0;

  show(message: string, action?: Toast['action']): void {
    const key = this.#next++;
    this.shown.push({ key, message, ...(action ? { action } : {}) });
    setTimeout(() => this.dismiss(key), action ? stayWithAction_ms : stay_ms);
  }

  dismiss(key: number): void {
    this.shown = this.shown.filter((toast) => toast.key !== key);
  }
}

export const toasts = new Toasts();
