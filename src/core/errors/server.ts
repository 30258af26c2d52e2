// Errors of the server family.
import type { Catalogue } from "./entry.ts";

/** Codes and their parameters. */
// biome-ignore lint/suspicious/noEmptyInterface: filled as the room grows
export interface ServerErrors {}

export const serverErrors: Catalogue<ServerErrors> = {};
