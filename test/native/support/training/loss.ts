// Cases of the loss kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const lossCases = (): Case[] => [];
