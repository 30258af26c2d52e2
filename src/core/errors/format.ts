// Errors of the format family.
import type { Catalogue } from "./entry.ts";

/** Codes and their parameters. */
// biome-ignore lint/suspicious/noEmptyInterface: filled as the room grows
export interface FormatErrors {}

export const formatErrors: Catalogue<FormatErrors> = {};
