// The thread of one classifier: looks through its table, trains it or opens it, and answers for it. Runs as a worker only.
import { parentPort } from "node:worker_threads";
import { InkstoneError } from "../../core/index.ts";
import { checkTable } from "./check-table.ts";
import type { FromThread, TaskName, Tasks, ToThread, TrainingProgress } from "./messages.ts";
import { Workplace } from "./workplace.ts";

type Work = { readonly [Name in TaskName]: (takes: never, tell: (progress: TrainingProgress) => void) => Promise<Tasks[Name]["gives"]> };

const port = parentPort;
if (port !== null) {
  const place = new Workplace();
  const work: Work = {
    check: (takes: Tasks["check"]["takes"]) => checkTable(takes),
    train: (takes: Tasks["train"]["takes"], tell) => place.train(takes, tell),
    load: (takes: Tasks["load"]["takes"]) => place.load(takes.file),
    classify: async (takes: Tasks["classify"]["takes"]) => place.classify(takes.text, takes.because),
    evaluate: (takes: Tasks["evaluate"]["takes"]) => place.evaluate(takes),
    label: (takes: Tasks["label"]["takes"]) => place.label(takes),
    save: async () => place.save(),
    report: async (takes: Tasks["report"]["takes"]) => place.report(takes.language),
  };
  const post = (message: FromThread) => port.postMessage(message);
  port.on("message", async ({ id, task, takes }: ToThread) => {
    try {
      post({ id, gives: await work[task](takes as never, (progress) => post({ id, progress })) });
    } catch (error) {
      post({ id, error: error instanceof InkstoneError ? error.toJSON() : error instanceof Error ? error.name : "thread" });
    }
  });
}
