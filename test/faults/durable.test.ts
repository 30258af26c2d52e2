// Durable writes with every operation failing in turn: old or new, never half, nothing left behind, and always a typed error.
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { DurableFile, nodeFileSystem, removeLeftovers, writeFileDurably } from "#formats";
import { faultFileSystem, PowerLossFileSystem } from "../support/fault-fs.ts";

const old = "what was there before\n".repeat(100);
const fresh = [Buffer.from("the new content, ".repeat(200)), Buffer.from("in two pieces")];
const whole = Buffer.concat(fresh);
const codes = ["EIO", "ENOSPC", "EROFS", "EACCES", "EMFILE", "EDQUOT", "EFBIG"];
const exits: Record<string, number> = { EROFS: 73, EACCES: 73 };

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "inkstone-durable-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const outcome = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

async function operationCount(): Promise<number> {
  const counted = faultFileSystem(nodeFileSystem);
  await writeFileDurably(join(folder, "counted"), fresh, { fileSystem: counted });
  rmSync(join(folder, "counted"));
  return counted.operations();
}

describe("writeFileDurably", () => {
  it("writes text, bytes, and pieces that come one by one", async () => {
    const path = join(folder, "file");
    await writeFileDurably(path, "砚");
    expect(readFileSync(path, "utf8")).toBe("砚");
    await writeFileDurably(path, Uint8Array.of(1, 2));
    expect([...readFileSync(path)]).toEqual([1, 2]);
    await writeFileDurably(
      path,
      (async function* () {
        yield* fresh;
      })(),
    );
    expect(readFileSync(path)).toEqual(whole);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it.each(codes)("fails with a typed error at every operation that gives %s, keeping old or new and no temporary file", async (code) => {
    const path = join(folder, "file");
    const count = await operationCount();
    expect(count).toBeGreaterThanOrEqual(9);
    for (let at = 1; at <= count; at++) {
      for (const torn of [false, true]) {
        writeFileSync(path, old);
        const error = await outcome(writeFileDurably(path, fresh, { fileSystem: faultFileSystem(nodeFileSystem, { at, code, torn }) }));
        expect(error, `operation ${at}`).toBeInstanceOf(InkstoneError);
        expect(error).toMatchObject({ exit: exits[code] ?? 74, parameters: { file: "file", system: code } });
        expect([old, whole.toString()]).toContain(readFileSync(path, "utf8"));
        expect(readdirSync(folder)).toEqual(["file"]);
      }
    }
  });

  it("keeps old or new when everything fails from some operation on, and what stays is found later", async () => {
    const path = join(folder, "file");
    const count = await operationCount();
    for (let at = 1; at <= count; at++) {
      writeFileSync(path, old);
      const fileSystem = faultFileSystem(nodeFileSystem, { at, code: "EROFS", forEver: true });
      expect(await outcome(writeFileDurably(path, fresh, { fileSystem }))).toBeInstanceOf(InkstoneError);
      expect([old, whole.toString()]).toContain(readFileSync(path, "utf8"));
      const left = readdirSync(folder).length - 1;
      expect(await removeLeftovers(folder)).toBe(left);
      expect(readdirSync(folder)).toEqual(["file"]);
    }
  });

  it("passes on what its content throws, and removes the temporary file", async () => {
    const failing = (async function* () {
      yield fresh[0];
      throw new RangeError("source failed");
    })();
    expect(await outcome(writeFileDurably(join(folder, "file"), failing))).toBeInstanceOf(RangeError);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("tells a folder that is not there, or is a file, as what cannot be created", async () => {
    expect(await outcome(writeFileDurably(join(folder, "no", "file"), "x"))).toMatchObject({ code: "E_IO_CREATE", exit: 73 });
    writeFileSync(join(folder, "plain"), "");
    expect(await outcome(writeFileDurably(join(folder, "plain", "file"), "x"))).toMatchObject({ code: "E_IO_CREATE", exit: 73 });
  });

  it("holds old or new after a power cut at every operation, new once the promise is fulfilled", async () => {
    let state = 1;
    const random = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const count = await operationCount();
    for (let at = 1; at <= count + 1; at++) {
      for (let seed = 0; seed < 32; seed++) {
        const disk = new PowerLossFileSystem();
        await writeFileDurably("/d/file", old, { fileSystem: disk });
        const cut = faultFileSystem(disk, { at, code: "EIO", forEver: true });
        const error = await outcome(writeFileDurably("/d/file", fresh, { fileSystem: cut }));
        const after = disk.crash(random).get("/d/file")?.toString();
        expect(error === undefined ? [whole.toString()] : [old, whole.toString()]).toContain(after);
      }
    }
  });
});

describe("DurableFile", () => {
  const digest = (...parts: Uint8Array[]): string => createHash("sha256").update(Buffer.concat(parts)).digest("hex");

  it("grows, is taken up again by a later process, and gets its name when it is whole", async () => {
    const partial = join(folder, "deep", "model.partial");
    const first = await DurableFile.openPartial(partial);
    await first.append(fresh[0]);
    await first.close();
    const second = await DurableFile.openPartial(partial);
    expect([second.size, second.digest()]).toEqual([fresh[0].length, digest(fresh[0])]);
    await second.append(fresh[1]);
    expect(second.digest()).toBe(digest(...fresh));
    await second.commit(join(folder, "deep", "model"));
    expect(readFileSync(join(folder, "deep", "model"))).toEqual(whole);
    expect(readdirSync(join(folder, "deep"))).toEqual(["model"]);
  });

  it("begins anew when asked, and when what is there is longer than the whole can be", async () => {
    const path = join(folder, "p");
    for (const options of [{ resume: false }, { limit: 3 }]) {
      writeFileSync(path, "too long");
      const file = await DurableFile.openPartial(path, options);
      expect([file.size, file.digest()]).toEqual([0, digest()]);
      await file.append(Buffer.from("abc"));
      await file.discard();
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it("goes on after a failed append as if it had not been, and never names what the failure left", async () => {
    for (const again of [true, false]) {
      const fileSystem = faultFileSystem(nodeFileSystem, { at: 5, code: "ENOSPC", torn: true });
      const file = await DurableFile.openPartial(join(folder, "p"), { fileSystem });
      await file.append(fresh[1]);
      expect(await outcome(file.append(fresh[0]))).toMatchObject({ code: "E_IO_FULL", exit: 74 });
      if (again) await file.append(fresh[0]);
      const expected = again ? [fresh[1], fresh[0]] : [fresh[1]];
      expect(file.digest()).toBe(digest(...expected));
      await file.commit(join(folder, "done"));
      expect(readFileSync(join(folder, "done"))).toEqual(Buffer.concat(expected));
    }
  });

  it("gives typed errors at every operation, and the final name only to all of the content", async () => {
    const path = join(folder, "p");
    const run = async (fileSystem: ReturnType<typeof faultFileSystem>): Promise<void> => {
      const file = await DurableFile.openPartial(path, { fileSystem });
      try {
        await file.append(fresh[1]);
        await file.commit(join(folder, "done"));
      } catch (error) {
        await file.close().catch(() => undefined);
        throw error;
      }
    };
    const counted = faultFileSystem(nodeFileSystem);
    writeFileSync(path, fresh[0]);
    await run(counted);
    for (let at = 1; at <= counted.operations(); at++) {
      rmSync(join(folder, "done"), { force: true });
      writeFileSync(path, fresh[0]);
      const error = await outcome(run(faultFileSystem(nodeFileSystem, { at, code: "EIO" })));
      expect(error, `operation ${at}`).toMatchObject({ name: "InkstoneError", exit: 74 });
      if (readdirSync(folder).includes("done")) expect(readFileSync(join(folder, "done"))).toEqual(whole);
      expect(readdirSync(folder).every((name) => name === "p" || name === "done")).toBe(true);
    }
  });

  it("counts content as lost when flushing it failed", async () => {
    const file = await DurableFile.openPartial(join(folder, "p"), { fileSystem: faultFileSystem(nodeFileSystem, { at: 6, code: "EIO" }) });
    await file.append(fresh[0]);
    expect(await outcome(file.commit(join(folder, "done")))).toMatchObject({
      code: "E_IO",
      parameters: { operation: { en: "flushing to the disk" } },
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});
