// Cases of the normalize kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const normalizeCases = (): Case[] => [];
