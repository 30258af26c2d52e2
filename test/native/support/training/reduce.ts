// Cases of the reduce kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const reduceCases = (): Case[] => [];
