// Checkpoints of a run with every operation of the file system failing in turn, once and for ever, torn writes too: what is opened afterwards is the old one or the new one, whole.
// All points are tried with INKSTONE_TEST_LARGE=1; otherwise some.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { nodeFileSystem, type SafetensorsContent } from "#formats";
import { type Checkpoint, RunFolder } from "#train";
import { type Fault, faultFileSystem } from "../support/fault-fs.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-checkpoints-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STATE = { epoch: 0, batch: 0, seed: 0, loss: { sum: 0, count: 0 } };
const every = process.env.INKSTONE_TEST_LARGE === "1" ? 1 : 37;
const codes = ["EIO", "ENOSPC", "EROFS", "EMFILE", "EDQUOT"];

// All that a checkpoint holds says which step it is of.
function save(run: RunFolder, step: number): Promise<void> {
  const checkpoint: Checkpoint = { formatVersion: 1, step, state: STATE, seconds: 0, waited: 0, looked: 0, finished: false };
  const tensor = (name: string): SafetensorsContent => ({ name, type: "F32", shape: [600], values: new Float32Array(600).fill(step) });
  const tensors = Array.from({ length: 6 }, (_, i) => tensor(`w${i}`));
  return run.save("checkpoints/last", checkpoint, { weights: tensors, optimizer: tensors });
}

async function stepOf(run: RunFolder): Promise<number> {
  const opened = await run.openLast();
  if (opened === undefined) throw new Error("there is none");
  const found = new Set<number>([opened.checkpoint.step]);
  for (const values of [...opened.weights.values(), ...opened.optimizer.values()]) for (const value of values) found.add(value);
  expect(found.size, "it is mixed of two").toBe(1);
  return opened.checkpoint.step;
}

describe("a checkpoint", () => {
  it("is the old one or the new one, whole, wherever writing it failed; the error is a typed one", async () => {
    const run = new RunFolder(join(folder, "run"));
    (await run.take())();
    await save(run, 1);
    const counted = faultFileSystem(nodeFileSystem);
    await save(new RunFolder(run.path, { fileSystem: counted }), 2);
    const faults: Fault[] = [];
    for (let at = 1; at <= counted.operations(); at++)
      for (const code of codes) for (const forEver of [false, true]) for (const torn of [false, true]) faults.push({ at, code, forEver, torn });
    let [points, kept, fresh, now] = [0, 0, 0, 2];
    for (const fault of faults.filter((_, i) => i % every === 0)) {
      const failing = new RunFolder(run.path, { fileSystem: faultFileSystem(nodeFileSystem, fault) });
      const error = await save(failing, now + 1).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (error !== undefined) expect(error, JSON.stringify(fault)).toBeInstanceOf(InkstoneError);
      const found = await stepOf(run);
      expect([now, now + 1], JSON.stringify(fault)).toContain(found);
      // What was said to be written is there.
      if (error === undefined) expect(found, JSON.stringify(fault)).toBe(now + 1);
      points++;
      if (found === now) kept++;
      else fresh++;
      now = found;
    }
    console.info(`${points} points: ${kept} kept the old checkpoint, ${fresh} have the new one, 0 are unreadable, 0 mixed`);
    expect(points).toBe(Math.ceil(faults.length / every));
    expect(kept).toBeGreaterThan(0);
  }, 600_000);
});
