// One member out of a zip archive, streamed, with every length checked before it is believed. Knows no wheels and no models.
import { type FileHandle, open } from "node:fs/promises";
import { InkstoneError, type Phrase } from "../core/index.ts";

const most = { comment: 65_535, directory: 16 << 20 };
const signature = { end: 0x06054b50, entry: 0x02014b50, local: 0x04034b50 };

interface Member {
  readonly method: number;
  readonly compressed: number;
  readonly size: number;
  readonly headerOffset: number;
}

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
    const member = await findMember(file, archiveSize, name);
    if (member.size !== bytes)
      throw broken(name, { en: `the member has ${member.size} bytes, expected ${bytes}`, zh: `成员为 ${member.size} 字节，应为 ${bytes}` });
    const start = await dataOffset(file, member);
    if (start + member.compressed > archiveSize) throw broken(name, { en: "the member runs past the end", zh: "成员超出文件末尾" });
    let seen = 0;
    for await (const piece of contents(file, member, start, name)) {
      seen += piece.length;
      if (seen > bytes) throw broken(name, { en: `the member inflates to more than ${bytes} bytes`, zh: `成员解压后超过 ${bytes} 字节` });
      yield piece;
    }
    if (seen !== bytes) throw broken(name, { en: `the member ends after ${seen} of ${bytes} bytes`, zh: `成员在 ${seen}/${bytes} 字节处结束` });
  } finally {
    await file.close();
  }
}

async function* contents(file: FileHandle, member: Member, start: number, name: string): AsyncGenerator<Buffer> {
  const raw = file.createReadStream({ start, end: start + member.compressed - 1, autoClose: false, highWaterMark: 1 << 18 });
  if (member.method === 0) yield* raw as AsyncIterable<Buffer>;
  else {
    const { createInflateRaw } = await import("node:zlib");
    const inflate = createInflateRaw({ chunkSize: 1 << 18 });
    raw.on("error", (error) => inflate.destroy(error));
    try {
      yield* raw.pipe(inflate) as AsyncIterable<Buffer>;
    } catch (error) {
      throw broken(name, { en: "its compressed data is damaged", zh: "压缩数据已损坏" }, error);
    } finally {
      raw.destroy();
    }
  }
}

async function findMember(file: FileHandle, size: number, name: string): Promise<Member> {
  const { count, offset, length } = await directoryPlace(file, size, name);
  const directory = await bytesAt(file, offset, length, name);
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > length || directory.readUInt32LE(at) !== signature.entry)
      throw broken(name, { en: `directory entry ${i} is damaged`, zh: `目录项 ${i} 已损坏` });
    const nameLength = directory.readUInt16LE(at + 28);
    const next = at + 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (next > length) throw broken(name, { en: `directory entry ${i} is damaged`, zh: `目录项 ${i} 已损坏` });
    if (directory.toString("utf8", at + 46, at + 46 + nameLength) === name) return readMember(directory, at, name);
    at = next;
  }
  throw broken(name, { en: "it has no such member", zh: "没有该成员" });
}

function readMember(directory: Buffer, at: number, name: string): Member {
  const method = directory.readUInt16LE(at + 10);
  const encrypted = (directory.readUInt16LE(at + 8) & 1) === 1;
  if (encrypted || (method !== 0 && method !== 8))
    throw broken(name, { en: `compression method ${method} is not supported`, zh: `不支持压缩方法 ${method}` });
  return {
    method,
    compressed: directory.readUInt32LE(at + 20),
    size: directory.readUInt32LE(at + 24),
    headerOffset: directory.readUInt32LE(at + 42),
  };
}

async function directoryPlace(file: FileHandle, size: number, name: string): Promise<{ count: number; offset: number; length: number }> {
  const tailLength = Math.min(size, 22 + most.comment);
  const tail = await bytesAt(file, size - tailLength, tailLength, name);
  for (let at = tailLength - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== signature.end || at + 22 + tail.readUInt16LE(at + 20) !== tailLength) continue;
    const place = { count: tail.readUInt16LE(at + 10), length: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) };
    if (place.length > most.directory || place.offset + place.length > size) break;
    return place;
  }
  throw broken(name, { en: "it has no directory at its end", zh: "末尾没有目录" });
}

async function dataOffset(file: FileHandle, member: Member): Promise<number> {
  const header = await bytesAt(file, member.headerOffset, 30, "");
  if (header.readUInt32LE(0) !== signature.local) throw broken("", { en: "a local header is damaged", zh: "本地文件头已损坏" });
  return member.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function bytesAt(file: FileHandle, offset: number, length: number, name: string): Promise<Buffer> {
  const into = Buffer.alloc(length);
  const { bytesRead } = await file.read(into, 0, length, offset);
  if (bytesRead !== length) throw broken(name, { en: "it is cut short", zh: "文件不完整" });
  return into;
}

const broken = (archive: string, why: Phrase, cause?: unknown) => new InkstoneError("E_ARCHIVE", { archive, why }, { cause });
