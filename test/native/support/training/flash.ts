// Cases of the flash kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const flashCases = (): Case[] => [];
