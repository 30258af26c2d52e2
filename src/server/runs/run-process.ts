// The process of a training: takes one run, trains it, says how it ended, and saves before it goes when it is told to stop. Runs as a child process only.

import { type Recipe, recipeOf, trainRun } from "../../train/index.ts";
import { describeError } from "./told.ts";

interface Asked {
  readonly recipe: Recipe;
  readonly output: string;
  readonly resume: boolean;
}

if (process.send !== undefined) {
  const stop = new AbortController();
  const tell = (message: object): void => {
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  process.on("disconnect", () => stop.abort()); // its owner is gone: what was learnt is saved
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => stop.abort());
  process.on("message", (message: Asked | { readonly stop: true }) => {
    if ("stop" in message) {
      stop.abort();
      return;
    }
    const { recipe, output, resume } = message;
    trainRun(recipeOf(recipe), { output, resume, signal: stop.signal, onEntry: () => tell({ alive: true }) })
      .then(
        () => tell({ ended: "finished" }),
        (error: unknown) => tell(stop.signal.aborted ? { ended: "stopped" } : { ended: "failed", why: describeError(error) }),
      )
      .finally(() => {
        if (process.connected) process.disconnect();
      });
  });
}
