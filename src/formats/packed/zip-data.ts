// The one file of data in a zip archive. The archive is refused as a whole when one of its entries points outside; nothing is ever written.
import { InkstoneError } from "../../core/index.ts";
import { openRegular } from "../regular-file.ts";
import { type UnpackLimits, unpackGuard } from "./gunzip.ts";
import { refuseOutside, type ZipEntry, zipEntries } from "./zip-directory.ts";
import { entryPieces } from "./zip-member.ts";

/** A member of an archive, and its pieces. */
export interface PackedMember {
  readonly name: string;
  readonly size: number;
  pieces(): AsyncGenerator<Uint8Array>;
}

/** The name of an archive for messages, and how far unpacking may go. */
export interface ZipOptions extends UnpackLimits {
  readonly file: string;
  readonly signal?: AbortSignal;
}

/**
 * Runs some work on the members of a zip archive (folders, hidden files and "__MACOSX" left out). Their pieces can be read until the work is done.
 *
 * Errors: those of opening a file; E_ARCHIVE for a damaged archive, and for one in which any entry is a link or is named to lie outside (absolute, "..", a
 * drive, a backslash): no member of such an archive is read. Their pieces throw E_ARCHIVE when an entry lies about its size, E_DATA_PACKED beyond the limits.
 */
export async function* withZip<Result>(
  path: string,
  { file, signal, ...limits }: ZipOptions,
  work: (members: PackedMember[]) => AsyncGenerator<Result>,
): AsyncGenerator<Result> {
  const handle = await openRegular(path);
  try {
    const { size } = await handle.stat();
    const entries = await zipEntries(handle, size, file);
    refuseOutside(entries, file);
    const guard = unpackGuard(file, limits);
    const member = (entry: ZipEntry): PackedMember => ({
      name: entry.name,
      size: entry.size,
      pieces: () =>
        guarded(entryPieces(handle, size, entry, file), entry, (out, taken) => {
          signal?.throwIfAborted();
          guard(out, taken);
        }),
    });
    yield* work(entries.filter(({ name }) => !/\/$|^__MACOSX\/|(^|\/)\.[^/]*$/.test(name)).map(member));
  } finally {
    await handle.close();
  }
}

async function* guarded(
  pieces: AsyncGenerator<Uint8Array>,
  { compressed }: ZipEntry,
  guard: (out: number, taken: number) => void,
): AsyncGenerator<Uint8Array> {
  let out = 0;
  for await (const piece of pieces) {
    out += piece.length;
    guard(out, compressed);
    yield piece;
  }
}

/**
 * The pieces of the only file in a zip archive, or of the one called `member`.
 *
 * Errors: those of `withZip`; E_DATA_PACKED when there is no such file, or several and none was named.
 */
export async function* zipPieces(path: string, { member, ...options }: ZipOptions & { readonly member?: string }): AsyncGenerator<Uint8Array> {
  yield* withZip(path, options, async function* (members) {
    const found = member === undefined ? members : members.filter(({ name }) => name === member);
    if (found.length !== 1) {
      const names = members
        .slice(0, 10)
        .map(({ name }) => name)
        .join(", ");
      const why = {
        en: `one file was expected in it, it holds ${members.length}: ${names}`,
        zh: `其中应只有一个文件，实际有 ${members.length} 个：${names}`,
      };
      throw new InkstoneError("E_DATA_PACKED", { file: options.file, why });
    }
    yield* found[0].pieces();
  });
}
