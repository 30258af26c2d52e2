// Cases of the matmul kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const matmulCases = (): Case[] => [];
