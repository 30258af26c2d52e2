// Cases of the recurrent kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const recurrentCases = (): Case[] => [];
