// Errors of the model family.
import type { Catalogue } from "./entry.ts";

/** Codes and their parameters. */
// biome-ignore lint/suspicious/noEmptyInterface: filled as the room grows
export interface ModelErrors {}

export const modelErrors: Catalogue<ModelErrors> = {};
