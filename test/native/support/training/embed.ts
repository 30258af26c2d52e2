// Cases of the embed kernels.
import type { Case } from "../cases.ts";

/** All of them. */
export const embedCases = (): Case[] => [];
