// What can be served and how it stands. Types and one default; knows no life of anything.
import type { Phrase } from "../../core/index.ts";
import type { ServedKind, ServedThings, TokenizingGenerator } from "../../generate/index.ts";

/** How long a thing stays open after its last use where nothing is said, in milliseconds. */
export const usualKeepAliveMs: number = 5 * 60_000;

/** Something that can be served. */
export interface ServedEntry<Kind extends ServedKind = ServedKind> {
  readonly kind: Kind;
  readonly name: string;
  /** Opens it; the one who opened it is asked again when it has died. */
  readonly open: (watch: { readonly onProgress: (fraction: number) => void }) => Promise<ServedThings[Kind]>;
  /** Milliseconds that it stays open after its last use; Infinity: until the end. Default 5 minutes. */
  readonly keepAliveMs?: number;
  /** It is open already. */
  readonly opened?: ServedThings[Kind];
  /** It belongs to somebody else: never closed here. */
  readonly borrowed?: boolean;
  /** Seconds since 1970; default: when it was added. */
  readonly created?: number;
  /** Where it comes from, for people. */
  readonly source?: string;
  /** Its file, known without opening it: bytes, and SHA-256 where it is known. */
  readonly file?: { readonly bytes: number; readonly sha256?: string };
  /** Of a model of this machine: by what it is fine-tuned, the adapters that it has from the beginning (folders by name), and how it is opened with adapters. */
  readonly tune?: {
    readonly reference: string;
    readonly adapters?: Readonly<Record<string, string>>;
    readonly open: (adapters: Readonly<Record<string, string>>) => Promise<TokenizingGenerator>;
  };
}

/** Where a served thing stands. */
export type ServedState = "closed" | "opening" | "open" | "died" | "failed";

/** A served thing as it is now. */
export interface ServedStatus {
  readonly kind: ServedKind;
  readonly name: string;
  readonly state: ServedState;
  /** Why it died, or could not be opened. */
  readonly why?: Phrase;
  readonly created: number;
  readonly users: number;
  /** Milliseconds since 1970 when it will be closed; undefined: it is not open, or stays open. */
  readonly expires?: number;
  /** What it tells of itself, while it is open. */
  readonly information?: ServedThings[ServedKind]["information"];
  readonly source?: string;
  readonly file?: ServedEntry["file"];
  /** Of an adapter that is served as a model: the model that it belongs to. */
  readonly parent?: string;
}

/** A thing in use; it stays open until it is left. */
export interface Lease<Kind extends ServedKind> {
  readonly name: string;
  readonly thing: ServedThings[Kind];
  /** Once; later calls do nothing. */
  leave(): void;
}
