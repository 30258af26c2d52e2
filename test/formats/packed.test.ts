// Files of data as pieces: packed ones with their ceilings, archives that point outside, and what is no file at all.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { dataPieces, filePieces, gunzipPieces, JsonLineReader, type PieceOptions, readRows } from "#formats";
import { zip } from "../support/zip.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-packed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: Uint8Array | string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

async function all(path: string, options?: PieceOptions): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of dataPieces(path, options)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const rows = Buffer.from(Array.from({ length: 5000 }, (_, i) => `{"id": ${i}, "text": "row ${(i * 7919) % 5003}"}\n`).join(""));

describe("a file", () => {
  it("comes in pieces, plain, gzipped in one or several members, or zipped", async () => {
    expect(await all(put("a.jsonl", rows), { pieceBytes: 1000 })).toEqual(rows);
    const two = Buffer.concat([gzipSync(rows.subarray(0, 50_000)), gzipSync(rows.subarray(50_000))]);
    expect(await all(put("a.jsonl.gz", two), { pieceBytes: 100 })).toEqual(rows);
    const archive = zip([
      { name: "sub/a.jsonl", data: rows },
      { name: "__MACOSX/sub/._a.jsonl", data: Buffer.from("x") },
      { name: "sub/", data: Buffer.alloc(0), method: 0 },
    ]);
    expect(await all(put("a.zip", archive))).toEqual(rows);
  });

  it("is read no further than rows are asked for", async () => {
    let read = 0;
    const pieces = filePieces(put("b.jsonl", rows), { pieceBytes: 1024, onProgress: (done) => (read = done) });
    let seen = 0;
    for await (const row of readRows(pieces, new JsonLineReader())) {
      expect(row.line).toBe(++seen);
      if (seen === 100) break;
    }
    expect(rows.length).toBeGreaterThan(100_000);
    expect(read).toBeLessThan(8192);
  });

  it("stops at once when the signal says so", async () => {
    const controller = new AbortController();
    const pieces = filePieces(put("c.jsonl", rows), { pieceBytes: 10, signal: controller.signal });
    await pieces.next();
    controller.abort();
    await expect(pieces.next()).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
  });
});

describe("D05: packed files that grow", () => {
  it("stop at 100 times their size, and at the byte limit", async () => {
    const bomb = put("bomb.jsonl.gz", gzipSync(Buffer.alloc(64 << 20, 0x20), { level: 9 }));
    await expect(all(bomb)).rejects.toMatchObject({ code: "E_DATA_PACKED", exit: 65, message: expect.stringContaining("100 times") });
    await expect(all(join(folder, "a.jsonl.gz"), { unpack: { bytes: 1000 } })).rejects.toMatchObject({
      code: "E_DATA_PACKED",
      message: expect.stringContaining("1000 bytes"),
    });
    let taken = 0;
    const few = async (): Promise<void> => {
      for await (const piece of gunzipPieces([gzipSync(Buffer.alloc(64 << 20, 0x20), { level: 9 })], "bomb")) taken += piece.length;
    };
    await expect(few()).rejects.toMatchObject({ code: "E_DATA_PACKED" });
    expect(taken).toBeLessThan(8 << 20);
  });

  it("that are damaged or cut short say so", async () => {
    const packed = gzipSync(rows);
    for (const bytes of [packed.subarray(0, 1000), Buffer.from("no gzip"), Buffer.from(packed).fill(0xaa, 500, 600), Buffer.alloc(0)])
      await expect(all(put("bad.gz", bytes))).rejects.toMatchObject({ code: "E_DATA_PACKED" });
  });

  it("in a zip archive that lies about a size stop at what it claims, and a true bomb stops at the ratio", async () => {
    await expect(all(put("lie.zip", zip([{ name: "a.csv", data: rows, size: 100 }])))).rejects.toMatchObject({ code: "E_ARCHIVE" });
    const bomb = zip([{ name: "a.csv", data: Buffer.alloc(64 << 20) }]);
    await expect(all(put("bomb.zip", bomb))).rejects.toMatchObject({ code: "E_DATA_PACKED" });
  });
});

describe("D06: archives that point outside", () => {
  it.each(["../../x", "/etc/x", "a/../../x", "C:\\x", "\\\\s\\x", "a\\..\\x", "..", "a\0b"])("are refused as a whole: %j", async (name) => {
    const inner = join(folder, "inner");
    mkdirSync(inner, { recursive: true });
    const path = put(
      "inner/outside.zip",
      zip([
        { name: "good.csv", data: rows },
        { name, data: rows },
      ]),
    );
    await expect(all(path, { member: "good.csv" })).rejects.toMatchObject({ code: "E_ARCHIVE", exit: 65 });
    expect(readdirSync(inner)).toEqual(["outside.zip"]);
  });

  it("are refused for links and for names that are there twice", async () => {
    const link = { name: "l", data: Buffer.from("/etc"), method: 0, mode: 0o120777 };
    await expect(all(put("link.zip", zip([link, { name: "l/x.csv", data: rows }])))).rejects.toMatchObject({ code: "E_ARCHIVE" });
    const twice = [
      { name: "a.csv", data: rows },
      { name: "a.csv", data: rows },
    ];
    await expect(all(put("twice.zip", zip(twice)))).rejects.toMatchObject({ code: "E_ARCHIVE" });
  });

  it("and several files need a name", async () => {
    const path = put(
      "two.zip",
      zip([
        { name: "a.csv", data: rows },
        { name: "b.csv", data: Buffer.from("b") },
      ]),
    );
    await expect(all(path)).rejects.toMatchObject({ code: "E_DATA_PACKED", message: expect.stringContaining("a.csv, b.csv") });
    expect((await all(path, { member: "b.csv" })).toString()).toBe("b");
  });
});

describe("D10: what is no regular file", () => {
  it("is refused before it is opened: a pipe, a socket, a device, a link to one, a folder", async () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const socket = join(folder, "socket");
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    symlinkSync("/dev/zero", join(folder, "zero.jsonl"));
    for (const path of [pipe, socket, join(folder, "zero.jsonl"), "/dev/zero", folder])
      await expect(all(path)).rejects.toMatchObject({
        code: "E_FORMAT_NOT_A_FILE",
        exit: 65,
        message: expect.stringContaining("not a regular file"),
      });
    server.close();
    await expect(all(join(folder, "none.csv"))).rejects.toMatchObject({ code: "E_FORMAT_NO_FILE", exit: 66 });
  });
});
