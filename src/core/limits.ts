// Default limits on what comes from outside. Plain numbers; who applies one names it in the error. Knows no files and no HTTP.

/** Limits of the GGUF reader. A length inside a file is further limited by the bytes that are left of it. */
export const ggufLimits = {
  /** Metadata entries. */
  entries: 65_536,
  /** Tensors. */
  tensors: 65_536,
  /** Bytes of a metadata key. */
  keyBytes: 65_535,
  /** Bytes of a tensor name. */
  nameBytes: 64,
  /** Dimensions of a tensor: 1 to this many. */
  dimensions: 4,
  /** Bytes of general.alignment, a power of two. */
  alignment: 1_048_576,
  /** Bytes of one string value, such as a chat template. */
  stringBytes: 1_048_576,
  /** Bytes of one string inside an array, such as a token. */
  elementBytes: 65_535,
  /** Bytes of everything before the tensor data. The largest vocabularies in use take about 16 MiB. */
  headerBytes: 67_108_864,
} as const;
