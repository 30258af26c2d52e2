#!/usr/bin/env node
import { languageOf } from "./language.ts";
// The executable: runs the program and ends the process with its code.
import { main } from "./program.ts";
import { report } from "./report.ts";

// A reader that has seen enough (| head) is no error.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
for (const name of ["uncaughtException", "unhandledRejection"] as const)
  process.on(name, (error: unknown) =>
    process.exit(report(error, process.stderr, { language: languageOf(process.env), debug: process.argv.includes("--debug") })),
  );

const code = await main(process.argv.slice(2));
process.stdout.write("", () => process.exit(code));
