// Cases of the arrange kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const arrangeCases = (): Case[] => [];
