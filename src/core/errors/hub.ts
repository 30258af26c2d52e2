// Errors of the hub family.
import type { Catalogue } from "./entry.ts";

/** Codes and their parameters. */
// biome-ignore lint/suspicious/noEmptyInterface: filled as the room grows
export interface HubErrors {}

export const hubErrors: Catalogue<HubErrors> = {};
