// Errors of the generate family.
import type { Catalogue } from "./entry.ts";

/** Codes and their parameters. */
// biome-ignore lint/suspicious/noEmptyInterface: filled as the room grows
export interface GenerateErrors {}

export const generateErrors: Catalogue<GenerateErrors> = {};
