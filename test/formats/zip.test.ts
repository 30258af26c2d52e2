// One member out of a zip archive: right archives, and archives that are wrong in every field.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InkstoneError } from "#core";
import { zipMember } from "#formats";
import { noise } from "../hub/hub-server.ts";
import { zip } from "../support/zip.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkstone-zip-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(archive: Buffer, name: string, bytes: number): Promise<Buffer> {
  const path = join(folder, "a.zip");
  await writeFile(path, archive);
  const pieces: Uint8Array[] = [];
  for await (const piece of zipMember(path, name, bytes)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function refusal(archive: Buffer, name: string, bytes: number): Promise<InkstoneError> {
  const error = await read(archive, name, bytes).then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(InkstoneError);
  expect((error as InkstoneError).code).toBe("E_ARCHIVE");
  return error as InkstoneError;
}

const data = Buffer.concat([noise(300_000), Buffer.alloc(300_000)]);
const archive = zip([
  { name: "other.txt", data: Buffer.from("other") },
  { name: "m/model.gguf", data },
  { name: "stored", data: Buffer.from("as it is"), method: 0 },
]);

describe("zipMember", () => {
  it("streams a deflated and a stored member, with or without a comment at the end", async () => {
    expect((await read(archive, "m/model.gguf", data.length)).equals(data)).toBe(true);
    expect((await read(archive, "stored", 8)).toString()).toBe("as it is");
    expect((await read(zip([{ name: "a", data }], "PK\x05\x06 a comment"), "a", data.length)).equals(data)).toBe(true);
  });

  it("refuses a member that is not there, or of another length than expected", async () => {
    expect((await refusal(archive, "m/other.gguf", 1)).message).toMatch(/no such member/);
    expect((await refusal(archive, "m/model.gguf", 7)).message).toMatch(/600000 bytes, expected 7/);
  });

  it("D05: stops a bomb at the length that it claims", async () => {
    const bomb = zip([{ name: "bomb", data: Buffer.alloc(50 << 20), size: 1000 }]);
    expect((await refusal(bomb, "bomb", 1000)).message).toMatch(/more than 1000 bytes/);
    expect((await refusal(zip([{ name: "short", data: Buffer.alloc(10), size: 1000 }]), "short", 1000)).message).toMatch(/ends after 10 of 1000/);
  });

  it("refuses a truncation at every length of a small archive", async () => {
    const small = zip([{ name: "a", data: Buffer.from("hello hello hello") }]);
    for (let length = 0; length < small.length; length++) await refusal(small.subarray(0, length), "a", 17);
  });

  it("survives every single bit flip: the right bytes, other bytes of the right length, or E_ARCHIVE", async () => {
    const small = zip([{ name: "a", data: Buffer.from("hello hello hello") }]);
    for (let bit = 0; bit < small.length * 8; bit++) {
      const flipped = Buffer.from(small);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      const outcome = await read(flipped, "a", 17).catch((error: unknown) => error);
      if (outcome instanceof Buffer) expect(outcome.length).toBe(17);
      else expect((outcome as InkstoneError).code).toBe("E_ARCHIVE");
    }
  });
});
