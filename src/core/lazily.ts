// Things that are opened when they are first wanted. Knows none of them.

/** What is opened later: `get` opens it once, and again where that failed; `close` closes it where it was opened. */
export interface Lazily<T> {
  get(): Promise<T>;
  close(): Promise<void>;
}

/**
 * Opens a thing at its first use. A failure is told to who waited for it, and the next one tries again.
 *
 * @example
 * let tries = 0;
 * const thing = lazily(async () => {
 *   if (++tries === 1) throw new Error("not yet");
 *   return { close: async () => undefined };
 * });
 * await thing.get().catch((error) => error.message); // "not yet"
 * await thing.get();
 * tries; // 2
 */
export function lazily<T extends { close(): Promise<void> }>(open: () => Promise<T>): Lazily<T> {
  let opened: Promise<T> | undefined;
  return {
    get() {
      opened ??= open().catch((error: unknown) => {
        opened = undefined;
        throw error;
      });
      return opened;
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}
