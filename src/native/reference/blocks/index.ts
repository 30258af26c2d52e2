// Twins of the kernels on the block types of GGUF files.
import type { blockKernels, ReferenceFamily } from "../../kernels/index.ts";
import { sourceTypes } from "../../layout.ts";
import { refuseNumber } from "../refuse.ts";
import * as simple from "./quantize.ts";
import * as super_ from "./super-blocks.ts";
import { blockTypes } from "./types.ts";

export * from "./turn.ts";
export { type BlockLayout, blockTypes, type Turn } from "./types.ts";

/** Quantisers by GGUF number. */
export const quantizers: Readonly<Record<number, simple.Quantize>> = {
  0: simple.quantizeF32,
  1: simple.quantizeF16,
  2: simple.quantizeQ40,
  3: simple.quantizeQ41,
  6: simple.quantizeQ50,
  7: simple.quantizeQ51,
  8: simple.quantizeQ80,
  12: super_.quantizeQ4K,
  13: super_.quantizeQ5K,
  14: super_.quantizeQ6K,
  30: simple.quantizeBf16,
};

/** Twins of `blockKernels`. */
export const blocks: ReferenceFamily<typeof blockKernels> = {
  unpackBlocks({ source, y, n, sourceType }) {
    const { block, bytes } = sourceTypes[sourceType];
    const { unpack } = blockTypes[sourceType];
    for (let i = 0; i * block < n; i++) unpack(source, i * bytes, y, i * block);
  },
  quantizeBlocks({ x, blocks: out, n, sourceType }) {
    const { block, bytes } = sourceTypes[sourceType];
    const quantize = quantizers[sourceType];
    for (let i = 0; i < n; i++) if (!Number.isFinite(x[i])) refuseNumber("quantizeBlocks", i, n);
    for (let i = 0; i * block < n; i++) quantize(x, i * block, out, i * bytes);
  },
};
