// What a verb is to the program. Each verb is one file beside this one and loads what it needs only when it runs.
import type { Command } from "commander";
import type { Say } from "../options.ts";
import type { Surroundings } from "../terminal.ts";

/** A verb of the command line. */
export interface Verb {
  readonly name: string;
  /** Adds arguments, options and the action to its command. */
  define(command: Command, say: Say, around: Surroundings): void;
}
