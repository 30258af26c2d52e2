#!/usr/bin/env node
// The executable: runs the program and ends the process with its code.
import { InkstoneError, languageOf } from "../core/index.ts";
import { main } from "./program.ts";
import { report } from "./report.ts";

const fail = (error: unknown) => report(error, process.stderr, { language: languageOf(process.env), debug: process.argv.includes("--debug") });

// A reader that has seen enough (| head) is no error. What cannot be told on standard error is left untold.
function unwritten(error: NodeJS.ErrnoException): never {
  process.exit(error.code === "EPIPE" ? 0 : fail(new InkstoneError("E_OUTPUT", { why: error.code ?? error.message }, { cause: error })));
}
process.stdout.on("error", unwritten);
process.stderr.on("error", () => undefined);
for (const name of ["uncaughtException", "unhandledRejection"] as const) process.on(name, (error: unknown) => process.exit(fail(error)));

const code = await main(process.argv.slice(2));
process.stdout.write("", (error) => (error ? unwritten(error) : process.exit(code)));
