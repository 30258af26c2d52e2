// Waits for what will become true, for as long as a slow and busy machine may take. Not for measuring: a test that needs it soon says so itself.
import { vi } from "vitest";

/** Tries again until nothing is thrown; after half a minute throws what was thrown last. */
export const until = (check: () => unknown): Promise<unknown> => vi.waitFor(async () => void (await check()), { timeout: 30_000, interval: 5 });
