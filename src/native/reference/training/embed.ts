// Twins of the embed kernels. Right, short, obvious.
import type { embedKernels, ReferenceFamily } from "../../kernels/index.ts";
import { checkIndex } from "../refuse.ts";
import type { FamilyExtents } from "../sizes.ts";

/** Twins of `embedKernels`. */
export const embed: ReferenceFamily<typeof embedKernels> = {
  embedding({ table, ids, y, count, vocabulary, width }) {
    for (let i = 0; i < count; i++) {
      checkIndex("embedding", ids[i], vocabulary);
      y.set(table.subarray(ids[i] * width, (ids[i] + 1) * width), i * width);
    }
  },
  embeddingGrad({ ids, dy, dtable, count, vocabulary, width, accumulate }) {
    if (!accumulate) dtable.fill(0, 0, vocabulary * width);
    for (let i = 0; i < count; i++) {
      checkIndex("embeddingGrad", ids[i], vocabulary);
      for (let c = 0; c < width; c++) dtable[ids[i] * width + c] += dy[i * width + c];
    }
  },
};

/** Elements that each touches. */
export const embedExtents: FamilyExtents<typeof embedKernels> = {
  embedding: ({ count, vocabulary, width }) => ({ table: vocabulary * width, ids: count, y: count * width }),
  embeddingGrad: ({ count, vocabulary, width }) => ({ ids: count, dy: count * width, dtable: vocabulary * width }),
};
