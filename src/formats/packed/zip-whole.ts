// A small archive as a whole, in memory: read to be changed, and written anew. Knows no documents.
import { crc32, deflateRawSync } from "node:zlib";
import { InkstoneError } from "../../core/index.ts";
import { openRegular } from "../regular-file.ts";
import { refuseOutside, zipEntries } from "./zip-directory.ts";
import { entryPieces } from "./zip-member.ts";

/**
 * All files of an archive, in their order.
 *
 * Errors: those of opening a file; E_ARCHIVE for a damaged one or one that points outside; E_DATA_SIZE beyond `maxBytes`, packed or unpacked.
 */
export async function readZip(
  path: string,
  { file, maxBytes }: { readonly file: string; readonly maxBytes: number },
): Promise<Map<string, Uint8Array>> {
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    const entries = await zipEntries(handle, size, file);
    refuseOutside(entries, file);
    if (
      Math.max(
        size,
        entries.reduce((sum, one) => sum + one.size, 0),
      ) > maxBytes
    )
      throw new InkstoneError("E_INPUT_SIZE", { limit: maxBytes });
    const found = new Map<string, Uint8Array>();
    for (const entry of entries) {
      const pieces: Uint8Array[] = [];
      for await (const piece of entryPieces(handle, size, entry, file)) pieces.push(piece);
      found.set(entry.name, Buffer.concat(pieces));
    }
    return found;
  } finally {
    await handle.close();
  }
}

/** An archive of these files, deflated, without dates: the same files give the same bytes. */
export function zipBytes(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, data] of files) {
    const [packed, label] = [deflateRawSync(data), Buffer.from(name)];
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x0800, 2); // names are UTF-8
    facts.writeUInt16LE(8, 4);
    facts.writeUInt16LE(0x21, 8); // 1980-01-01
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(label.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04", "latin1"), facts, label, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x00", "latin1"), facts, tail, label]));
    parts.push(local);
    offset += local.length;
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.size, 8);
  end.writeUInt16LE(files.size, 10);
  end.writeUInt32LE(listed.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, listed, end]);
}
