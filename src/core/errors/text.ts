// Errors of the text family.
import type { Catalogue } from "./entry.ts";

/** Codes and their parameters. */
// biome-ignore lint/suspicious/noEmptyInterface: filled as the room grows
export interface TextErrors {}

export const textErrors: Catalogue<TextErrors> = {};
