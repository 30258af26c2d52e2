// Cases of the window kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const windowCases = (): Case[] => [];
