// The store for the length of one piece of work. Knows no verb.
import type { Store } from "../store/index.ts";

/** Opens the store, does the work and closes it, also after a failure. Errors: E_DATABASE*, those of the work. */
export async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const { openStore } = await import("../store/index.ts");
  const store = await openStore();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}
