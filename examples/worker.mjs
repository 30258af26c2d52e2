// A worker thread of one's own that answers questions one after another: a queue that stays out of the way of the main thread. npm install inkstone
// node worker.mjs "ink" "stone"
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { LanguageModel } from "inkstone";

if (isMainThread) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { model: process.env.MODEL ?? "smollm2:135m" } });
  const questions = process.argv.slice(2);
  worker.on("message", ({ question, text }) => {
    console.log(JSON.stringify({ question, text }));
    questions.splice(questions.indexOf(question), 1);
    if (questions.length === 0) worker.postMessage(undefined); // nothing more to do
  });
  for (const question of questions) worker.postMessage(question);
} else {
  const model = await LanguageModel.open(workerData.model);
  parentPort?.on("message", async (question) => {
    if (question === undefined) {
      await model.close();
      parentPort?.close();
      return;
    }
    const { text } = await model.generate([{ role: "user", content: question }], { maxTokens: 40 });
    parentPort?.postMessage({ question, text });
  });
}
