// GET /v1/runs/NAME/log: the entries of a training as they are written, to its end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ask, serving } from "./serving.ts";

let runs = "";
beforeEach(() => {
  runs = mkdtempSync(join(tmpdir(), "inkstone-run-log-"));
});
afterEach(() => rmSync(runs, { recursive: true, force: true }));

const recipe = {
  data: { files: "text.txt", check: false },
  model: { depth: 1, width: 16, heads: 2, contextLength: 16 },
  batch: { rows: 4 },
  budget: { steps: 12 },
  evaluation: { every: 6, batches: 2, sample: 4 },
};

describe("the log of a run", () => {
  it("comes as events while it is written, then where the run stands", async () => {
    await using server = await serving(undefined, { runs });
    const body = JSON.stringify({ name: "first", recipe, text: "the ink is on the stone\n".repeat(200) });
    expect((await ask(server.port, "POST", "/v1/runs", { headers: { "content-type": "application/json" }, body })).status).toBe(200);
    const log = await ask(server.port, "GET", "/v1/runs/first/log");
    const events = log.text
      .split("\n\n")
      .filter((one) => one.startsWith("data: {"))
      .map((one) => JSON.parse(one.slice(6)) as { entry?: { step: number }; run?: { state: string } });
    expect(events.flatMap(({ entry }) => (entry ? [entry.step] : [])).at(-1)).toBe(12);
    expect(events.at(-1)?.run?.state).toBe("finished");
    expect(log.text.endsWith("data: [DONE]\n\n")).toBe(true);
    expect((await ask(server.port, "GET", "/v1/runs/nothing/log")).status).toBe(404);
  }, 60_000);
});
