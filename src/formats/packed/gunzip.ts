// gzip out of a stream, with a ceiling: a few bytes that unpack to gigabytes are refused while they do it. Knows no files.
import { createGunzip, type Gunzip } from "node:zlib";
import { dataLimits, InkstoneError, type Phrase } from "../../core/index.ts";

/** How far unpacking may go. */
export interface UnpackLimits {
  /** Bytes out for each byte in, beyond the first MiB; 100 by default. */
  readonly ratio?: number;
  /** Bytes out in all; 64 GiB by default. */
  readonly bytes?: number;
}

/**
 * A counter that refuses a packed file which grows too much while it is unpacked.
 *
 * Errors of the function that it gives: E_DATA_PACKED.
 *
 * @example
 * unpackGuard("a.gz", { bytes: 10 })(11, 5); // throws E_DATA_PACKED
 */
export function unpackGuard(
  file: string,
  { ratio = dataLimits.unpackRatio, bytes = dataLimits.unpackedBytes }: UnpackLimits = {},
): (out: number, taken: number) => void {
  const refuse = (why: Phrase): never => {
    throw new InkstoneError("E_DATA_PACKED", { file, why });
  };
  return (out, taken) => {
    if (out > bytes) refuse({ en: `it unpacks to more than ${bytes} bytes`, zh: `解压后超过 ${bytes} 字节` });
    if (out > Math.max(dataLimits.unpackedFreely, ratio * taken))
      refuse({ en: `it unpacks to more than ${ratio} times its size`, zh: `解压后超过其大小的 ${ratio} 倍` });
  };
}

/**
 * The unpacked pieces of a gzip stream (several members in a row count as one).
 *
 * Errors: E_DATA_PACKED when it is damaged or cut short, and when it unpacks beyond `limits`. Source: RFC 1952.
 */
export async function* gunzipPieces(
  packed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  file: string,
  limits: UnpackLimits = {},
): AsyncGenerator<Uint8Array> {
  const guard = unpackGuard(file, limits);
  const gunzip = createGunzip({ chunkSize: 1 << 18 });
  let taken = 0;
  // A failure of the source comes out of the reading side, as it is.
  const feeding = feed(packed, gunzip, (bytes) => {
    taken += bytes;
  }).catch((error: unknown) => void gunzip.destroy(error as Error));
  let out = 0;
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      out += piece.length;
      guard(out, taken);
      yield piece;
    }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code ?? "";
    if (!code.startsWith("Z_")) throw error;
    throw new InkstoneError("E_DATA_PACKED", { file, why: { en: "it is damaged or cut short", zh: "文件已损坏或不完整" } }, { cause: error });
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

async function feed(packed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, gunzip: Gunzip, took: (bytes: number) => void): Promise<void> {
  for await (const piece of packed) {
    if (gunzip.destroyed) return;
    took(piece.length);
    if (!gunzip.write(piece)) await drained(gunzip);
  }
  gunzip.end();
}

// Until there is room again, or it was given up.
const drained = (gunzip: Gunzip): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      gunzip.off("drain", done).off("close", done);
      resolve();
    };
    gunzip.on("drain", done).on("close", done);
    if (gunzip.destroyed) done();
  });
