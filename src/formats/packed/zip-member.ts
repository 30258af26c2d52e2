// One member out of a zip archive, streamed, with every length checked before it is believed. Knows no wheels, no models and no data.
import { open } from "node:fs/promises";
import type { ReadableFile } from "../regular-file.ts";
import { isDamage, unpacked } from "./gunzip.ts";
import { brokenArchive, type ZipEntry, zipDataOffset, zipEntries } from "./zip-directory.ts";

const PIECE_BYTES = 1 << 18;

/**
 * Streams a member of a zip file (stored or deflated; no zip64, no encryption) in pieces.
 *
 * Errors: E_ARCHIVE when the archive is malformed, lacks the member, or the member is not exactly `bytes` long (checked while inflating: a bomb stops at `bytes`).
 * Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4.
 */
export async function* zipMember(path: string, name: string, bytes: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    const archiveSize = (await file.stat()).size;
    const member = (await zipEntries(file, archiveSize, name)).find((entry) => entry.name === name);
    if (member === undefined) throw brokenArchive(name, { en: "it has no such member", zh: "没有该成员" });
    if (member.size !== bytes)
      throw brokenArchive(name, { en: `the member has ${member.size} bytes, expected ${bytes}`, zh: `成员为 ${member.size} 字节，应为 ${bytes}` });
    yield* entryPieces(file, archiveSize, member, name);
  } finally {
    await file.close();
  }
}

/**
 * Streams the content of an entry. It gives exactly the bytes that the directory claims.
 *
 * Errors: E_ARCHIVE for damaged content, for more or fewer bytes than claimed (a bomb stops at the claim), for an unsupported method.
 */
export async function* entryPieces(file: ReadableFile, archiveSize: number, entry: ZipEntry, label: string): AsyncGenerator<Uint8Array> {
  const { method, size } = entry;
  if (entry.encrypted || (method !== 0 && method !== 8))
    throw brokenArchive(label, { en: `compression method ${method} is not supported`, zh: `不支持压缩方法 ${method}` });
  const start = await zipDataOffset(file, entry, label);
  if (start + entry.compressed > archiveSize) throw brokenArchive(label, { en: "the member runs past the end", zh: "成员超出文件末尾" });
  let seen = 0;
  for await (const piece of contents(file, entry, start, label)) {
    seen += piece.length;
    if (seen > size) throw brokenArchive(label, { en: `the member inflates to more than ${size} bytes`, zh: `成员解压后超过 ${size} 字节` });
    yield piece;
  }
  if (seen !== size) throw brokenArchive(label, { en: `the member ends after ${seen} of ${size} bytes`, zh: `成员在 ${seen}/${size} 字节处结束` });
}

async function* contents(file: ReadableFile, { method, compressed }: ZipEntry, start: number, label: string): AsyncGenerator<Uint8Array> {
  const raw = slices(file, start, compressed);
  if (method === 0) {
    yield* raw;
    return;
  }
  const { createInflateRaw } = await import("node:zlib");
  try {
    yield* unpacked(raw, createInflateRaw({ chunkSize: PIECE_BYTES }));
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw brokenArchive(label, { en: "its compressed data is damaged", zh: "压缩数据已损坏" }, error);
  }
}

// Read by position: a stream on the file would close it, and other members could not be read any more.
async function* slices(file: ReadableFile, start: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length; ) {
    const into = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, length - done));
    const { bytesRead } = await file.read(into, 0, into.length, start + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield into.subarray(0, bytesRead);
  }
}
