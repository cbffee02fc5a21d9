export type Theme = 'system' | 'light' | 'dark';

const key = 'playhead-theme';
const order: Theme[] = ['system', 'light', 'dark'];

/** What the person wants to see: what their system says, or their own choice. */
class ThemeChoice {
  current = $state<Theme>(stored());

  constructor() {
    this.#show();
  }

  /** To the next of system, light, dark. */
  next(): void {
    this.current = order[(order.indexOf(this.current) + 1) % order.length] ?? 'system';
    localStorage.setItem(key, this.current);
    this.#show();
  }

  #show(): void {
    if (this.current === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = this.current;
  }
}

function stored(): Theme {
  const value = localStorage.getItem(key);
  return order.find((theme) => theme === value) ?? 'system';
}

export const theme = new ThemeChoice();
