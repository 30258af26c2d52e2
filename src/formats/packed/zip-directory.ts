// The directory of a zip archive: its entries, with every length checked before it is believed, and with nothing that points out of the archive.
// Source: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.4. No zip64, no encryption.
import { InkstoneError, type Phrase } from "../../core/index.ts";
import type { ReadableFile } from "../regular-file.ts";

const most = { comment: 65_535, directory: 16 << 20 };
const signature = { end: 0x06054b50, entry: 0x02014b50, local: 0x04034b50 };
const SYMLINK = 0o120000;

/** One file of an archive, as the directory describes it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated; others are not supported. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressed: number;
  /** Bytes that it claims to unpack to. */
  readonly size: number;
  readonly headerOffset: number;
  readonly symlink: boolean;
}

/**
 * The entries of an archive. `label` names it in errors.
 *
 * Errors: E_ARCHIVE for a damaged directory.
 */
export async function zipEntries(file: ReadableFile, size: number, label: string): Promise<ZipEntry[]> {
  const { count, offset, length } = await directoryPlace(file, size, label);
  const directory = await bytesAt(file, { offset, length }, label);
  const entries: ZipEntry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    const damaged = { en: `directory entry ${i} is damaged`, zh: `第 ${i} 个条目已损坏` };
    if (at + 46 > length || directory.readUInt32LE(at) !== signature.entry) throw brokenArchive(label, damaged);
    const nameLength = directory.readUInt16LE(at + 28);
    const next = at + 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    if (next > length) throw brokenArchive(label, damaged);
    entries.push(entryAt(directory, at, nameLength));
    at = next;
  }
  return entries;
}

function entryAt(directory: Buffer, at: number, nameLength: number): ZipEntry {
  return {
    name: directory.toString("utf8", at + 46, at + 46 + nameLength),
    method: directory.readUInt16LE(at + 10),
    encrypted: (directory.readUInt16LE(at + 8) & 1) === 1,
    compressed: directory.readUInt32LE(at + 20),
    size: directory.readUInt32LE(at + 24),
    headerOffset: directory.readUInt32LE(at + 42),
    symlink: ((directory.readUInt32LE(at + 38) >>> 16) & 0o170000) === SYMLINK,
  };
}

/**
 * Refuses an archive as a whole when one entry is a link, or is named so that unpacking it would leave the folder: absolute names, "..", drive letters,
 * backslashes, NULs; and when two entries have one name.
 *
 * Errors: E_ARCHIVE.
 */
export function refuseOutside(entries: readonly ZipEntry[], label: string): void {
  const seen = new Set<string>();
  for (const { name, symlink } of entries) {
    const outside = name === "" || /^\/|^[A-Za-z]:|\\|\0|(^|\/)\.\.(\/|$)/.test(name);
    if (outside) throw brokenArchive(label, { en: `the entry "${name}" points outside`, zh: `条目“${name}”指向压缩包之外` });
    if (symlink) throw brokenArchive(label, { en: `the entry "${name}" is a link`, zh: `条目“${name}”是链接` });
    if (seen.has(name)) throw brokenArchive(label, { en: `the entry "${name}" appears twice`, zh: `条目“${name}”重复` });
    seen.add(name);
  }
}

/** Where the data of an entry begins. Errors: E_ARCHIVE. */
export async function zipDataOffset(file: ReadableFile, entry: ZipEntry, label: string): Promise<number> {
  const header = await bytesAt(file, { offset: entry.headerOffset, length: 30 }, label);
  if (header.readUInt32LE(0) !== signature.local) throw brokenArchive(label, { en: "a local header is damaged", zh: "本地文件头已损坏" });
  return entry.headerOffset + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

/** E_ARCHIVE with its reason. */
export const brokenArchive = (archive: string, why: Phrase, cause?: unknown): InkstoneError =>
  new InkstoneError("E_ARCHIVE", { archive, why }, { cause });

async function directoryPlace(file: ReadableFile, size: number, label: string): Promise<{ count: number; offset: number; length: number }> {
  const tailLength = Math.min(size, 22 + most.comment);
  const tail = await bytesAt(file, { offset: size - tailLength, length: tailLength }, label);
  for (let at = tailLength - 22; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== signature.end || at + 22 + tail.readUInt16LE(at + 20) !== tailLength) continue;
    const place = { count: tail.readUInt16LE(at + 10), length: tail.readUInt32LE(at + 12), offset: tail.readUInt32LE(at + 16) };
    if (place.length > most.directory || place.offset + place.length > size) break;
    return place;
  }
  throw brokenArchive(label, { en: "it has no directory at its end", zh: "末尾没有文件清单" });
}

async function bytesAt(file: ReadableFile, { offset, length }: { offset: number; length: number }, label: string): Promise<Buffer> {
  const into = Buffer.alloc(length);
  const { bytesRead } = await file.read(into, 0, length, offset);
  if (bytesRead !== length) throw brokenArchive(label, { en: "it is cut short", zh: "文件不完整" });
  return into;
}
