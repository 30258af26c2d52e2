// gzip out of a stream, with a ceiling: a few bytes that unpack to gigabytes are refused while they do it. Knows no files.
import { createGunzip } from "node:zlib";
import { dataLimits, InkstoneError, type Phrase } from "../../core/index.ts";

/** What is needed of one of zlib's streams. */
export interface Unpacker extends AsyncIterable<unknown> {
  readonly destroyed: boolean;
  write(piece: Uint8Array): boolean;
  end(): unknown;
  destroy(error?: Error): unknown;
  on(event: "drain" | "close", listener: () => void): this;
  off(event: "drain" | "close", listener: () => void): this;
}

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
  let [taken, out] = [0, 0];
  const took = (bytes: number): void => {
    taken += bytes;
  };
  try {
    for await (const piece of unpacked(packed, createGunzip({ chunkSize: 1 << 18 }), took)) {
      out += piece.length;
      guard(out, taken);
      yield piece;
    }
  } catch (error) {
    if (!isDamage(error)) throw error;
    throw new InkstoneError("E_DATA_PACKED", { file, why: { en: "it is damaged or cut short", zh: "文件已损坏或不完整" } }, { cause: error });
  }
}

/** Whether zlib found what it was given damaged. */
export const isDamage = (error: unknown): boolean => String((error as NodeJS.ErrnoException | undefined)?.code).startsWith("Z_");

/** Pieces through one of zlib's streams; `took` is told how many bytes went in. A failure of the source comes out as it is. */
export async function* unpacked(
  packed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  zlib: Unpacker,
  took: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const feeding = feed(packed, zlib, took).catch((error: unknown) => void zlib.destroy(error as Error));
  try {
    yield* zlib as AsyncIterable<Uint8Array>;
  } finally {
    zlib.destroy();
    await feeding;
  }
}

async function feed(packed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, zlib: Unpacker, took: (bytes: number) => void): Promise<void> {
  for await (const piece of packed) {
    if (zlib.destroyed) return;
    took(piece.length);
    if (!zlib.write(piece)) await drained(zlib);
  }
  zlib.end();
}

// Until there is room again, or it was given up.
const drained = (zlib: Unpacker): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      zlib.off("drain", done).off("close", done);
      resolve();
    };
    zlib.on("drain", done).on("close", done);
    if (zlib.destroyed) done();
  });
