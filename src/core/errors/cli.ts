// Errors of the cli family.
import type { Catalogue } from "./entry.ts";

/** Codes and their parameters. */
// biome-ignore lint/suspicious/noEmptyInterface: filled as the room grows
export interface CliErrors {}

export const cliErrors: Catalogue<CliErrors> = {};
