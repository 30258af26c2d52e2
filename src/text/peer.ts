// Packages that only some functions need: loaded when used, and named with the command that installs them when they are not there.
import { createRequire } from "node:module";
import { InkstoneError, type Phrase } from "../core/index.ts";
import { optionalPackage } from "../formats/index.ts";

/** What an optional package is for, in both languages. */
export interface Peer {
  readonly name: string;
  readonly purpose: Phrase;
}

/**
 * What an `import()` of an optional package gives.
 *
 * Errors: E_PACKAGE_MISSING when it is not installed; other failures of loading pass through.
 *
 * @example
 * await loadPeer({ name: "not-there", purpose: "nothing" }, () => import("not-there" as string)); // throws E_PACKAGE_MISSING
 */
export async function loadPeer<T>({ name, purpose }: Peer, load: () => Promise<T>): Promise<T> {
  return optionalPackage(name, purpose, load);
}

/**
 * A JSON file of a package. (Node 20 warns of `import … with { type: "json" }`.)
 *
 * Errors: as `loadPeer`.
 *
 * @example
 * Object.keys(requireJson({ name: "stopwords-iso/stopwords-iso.json", purpose: "stop words" })).includes("zh"); // true
 */
export function requireJson(peer: Peer, path: string = peer.name): unknown {
  try {
    return createRequire(import.meta.url)(path) as unknown;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | undefined)?.code !== "MODULE_NOT_FOUND") throw cause;
    throw new InkstoneError("E_PACKAGE_MISSING", { package: peer.name, purpose: peer.purpose }, { cause });
  }
}
