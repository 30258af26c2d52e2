// Cases of the optimize kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const optimizeCases = (): Case[] => [];
