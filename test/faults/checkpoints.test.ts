// Checkpoints of a run with every operation of the file system failing in turn, once and for ever, torn writes too: what is opened afterwards is the old one or the new one, whole.
// All points are tried with INKSTONE_TEST_LARGE=1; otherwise some.
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
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

  // What a step of a training does: the last one aside, the next one written.
  const next = async (run: RunFolder, step: number) => {
    await run.keepBefore();
    await save(run, step);
  };

  it("is never lost by a second failure in what follows a first one", async () => {
    const run = new RunFolder(join(folder, "twice"));
    (await run.take())();
    await next(run, 1);
    await next(run, 2);
    const counted = faultFileSystem(nodeFileSystem);
    await next(new RunFolder(run.path, { fileSystem: counted }), 3);
    const most = counted.operations();
    let [now, pairs] = [3, 0];
    for (let i = 0; i < (every === 1 ? 400 : 60); i++) {
      const at = (spread: number) => 1 + ((i * spread + (i >> 3)) % most);
      for (const fault of [at(7), at(13)]) {
        const failing = new RunFolder(run.path, {
          fileSystem: faultFileSystem(nodeFileSystem, { at: fault, code: codes[i % 5], forEver: true, torn: i % 2 === 0 }),
        });
        await failing.openLast();
        const error = await next(failing, now + 1).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error, `${i} ${fault}`).toBeInstanceOf(InkstoneError);
        const found = await stepOf(run);
        expect([now, now + 1], `${i} ${fault}`).toContain(found);
        now = found;
      }
      pairs++;
      // A whole step between, as of a trainer that went on.
      await next(run, ++now);
    }
    console.info(`${pairs} pairs of failures: none lost a whole checkpoint`);
  }, 600_000);

  it("of which the last is damaged keeps the one before it until the next is whole", async () => {
    const path = join(folder, "damaged");
    const run = new RunFolder(path);
    (await run.take())();
    await next(run, 1);
    await next(run, 2);
    truncateSync(join(path, "checkpoints", "last", "model.safetensors"), 100);
    const failing = new RunFolder(path, { fileSystem: faultFileSystem(nodeFileSystem, { at: 20, code: "ENOSPC", forEver: true }) });
    expect((await failing.openLast())?.checkpoint.step).toBe(1);
    await expect(next(failing, 3)).rejects.toBeInstanceOf(InkstoneError);
    expect(await stepOf(new RunFolder(path))).toBe(1);
  });

  it("shows every flipped bit, wherever it lies", async () => {
    const path = join(folder, "flipped");
    const run = new RunFolder(path);
    (await run.take())();
    await save(run, 1);
    const last = join(path, "checkpoints", "last");
    const files = readdirSync(last).map((name) => ({ name, bytes: readFileSync(join(last, name)) }));
    const flips = every === 1 ? 1000 : 120;
    for (let i = 0; i < flips; i++) {
      const { name, bytes } = files[i % files.length];
      const at = Math.imul(i + 1, 2654435761) >>> 0;
      const damaged = Buffer.from(bytes);
      damaged[at % bytes.length] ^= 1 << (at >>> 29);
      writeFileSync(join(last, name), damaged);
      await expect(run.openLast(), `${name} at ${at % bytes.length}`).rejects.toBeInstanceOf(InkstoneError);
      writeFileSync(join(last, name), bytes);
    }
    expect(await stepOf(run)).toBe(1);
    console.info(`${flips} flipped bits: all seen`);
  }, 600_000);

  it.each([
    [
      "a sum of a file elsewhere",
      (last: string) => writeFileSync(join(last, "SHA256SUMS"), `${"0".repeat(64)}  ../../recipe.json\n`),
      "E_FORMAT_CHECKSUM",
    ],
    [
      "a sum of an absolute path",
      (last: string) => writeFileSync(join(last, "SHA256SUMS"), `${"0".repeat(64)}  /etc/hostname\n`),
      "E_FORMAT_CHECKSUM",
    ],
    [
      "a link in place of its weights",
      (last: string) => {
        renameSync(join(last, "model.safetensors"), join(last, "../elsewhere"));
        symlinkSync("../elsewhere", join(last, "model.safetensors"));
      },
      "E_FORMAT_NOT_A_FILE",
    ],
    [
      "a place that no training has",
      (last: string) => {
        const state = JSON.parse(readFileSync(join(last, "state.json"), "utf8"));
        writeFileSync(join(last, "state.json"), JSON.stringify({ ...state, state: { ...state.state, batch: 1e300 } }));
        rmSync(join(last, "SHA256SUMS"));
      },
      "E_RUN_FOLDER",
    ],
  ])("is refused with %s", async (what, spoil, code) => {
    const path = join(folder, what.replaceAll(" ", "-"));
    const run = new RunFolder(path);
    (await run.take())();
    await save(run, 1);
    spoil(join(path, "checkpoints", "last"));
    await expect(run.openLast()).rejects.toMatchObject({ code });
  });
});
