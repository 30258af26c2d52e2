import { defineConfig } from "vitest/config";

// Tests run on the build, by room (#room) or by public name. Native addons want processes, not threads.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    env: { RUST_BACKTRACE: "0" }, // panics that tests ask for stay quiet
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
