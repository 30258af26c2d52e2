// Short notes at the edge of the page: what was done, with a way back where there is one.

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly action?: { readonly label: string; readonly does: () => void };
}

class Toasts {
  list: Toast[] = $state([]);
  #next = 0;

  /** Says something for six seconds; with an action for twelve. */
  say(text: string, action?: Toast["action"]): void {
    const id = this.#next++;
    this.list.push({ id, text, action });
    setTimeout(() => this.drop(id), action === undefined ? 6000 : 12_000);
  }

  drop(id: number): void {
    this.list = this.list.filter((one) => one.id !== id);
  }
}

export const toasts: Toasts = new Toasts();
