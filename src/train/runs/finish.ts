// What a run leaves behind its last step: samples, plots, TensorBoard events, card and report. Knows no steps.
import { pngBytes, writeFileDurably } from "../../formats/index.ts";
import { TransformerEncoderDecoder } from "../../models/index.ts";
import { rasterOf } from "../../plots/index.ts";
import { Turns } from "../inputs/turns.ts";
import { answeredSample } from "./answered.ts";
import { eventRecords } from "./events.ts";
import { modelOfRun } from "./export.ts";
import { written } from "./open-run.ts";
import { type CardFacts, htmlReport, lossPlot, markdownReport, modelCard, ratePlot } from "./report.ts";
import { type Run, secondsOf, type TrainedRun } from "./run.ts";
import type { LogEntry, RunFolder } from "./run-folder.ts";
import { runFiles } from "./run-folder.ts";

/** Writes all of it. Errors: those of durable writes. */
export async function finish(run: Run, machine: CardFacts["machine"]): Promise<TrainedRun> {
  const { recipe, folder, data, model } = run;
  const log = await folder.log();
  const parameters = model.parameterCount;
  const { prompt, sample: count } = recipe.evaluation;
  const sample = count > 0 ? ((await answeredSample(run)) ?? (await written({ recipe, coder: data.coder, model }, prompt, count))) : "";
  await folder.write(runFiles.samples, `${sample}\n`);
  const plots = { loss: lossPlot([{ name: recipe.name, log }], recipe.name), rate: ratePlot(log) };
  for (const [name, picture] of Object.entries(plots)) {
    await folder.write(`${name}.svg`, picture);
    await writeFileDurably(folder.at(`${name}.png`), [await pngBytes(await rasterOf(picture))]);
  }
  await writeEvents(folder, log);
  const { shards, check } = data;
  const facts: CardFacts = { recipe, shards, parameters, step: run.step, seconds: secondsOf(run), best: run.best, machine, sample, check, log };
  await folder.write(runFiles.card, modelCard(facts));
  await folder.write("report.md", markdownReport(facts));
  await folder.write("report.html", htmlReport(facts, plots));
  if (model instanceof TransformerEncoderDecoder) await modelOfRun(folder.path);
  return { path: folder.path, steps: run.step, parameters, seconds: secondsOf(run), best: run.best, sample };
}

async function writeEvents(folder: RunFolder, log: readonly LogEntry[]): Promise<void> {
  const began = Math.floor(Date.now() / 1000 - (log.at(-1)?.seconds ?? 0));
  await writeFileDurably(folder.at("events.out.tfevents.0.inkstone"), inBlocks(eventRecords(log, began)));
}

// Small pieces as blocks, made between turns of the event loop.
async function* inBlocks(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const turns = new Turns();
  let block: Uint8Array[] = [];
  for (const piece of pieces) {
    block.push(piece);
    if (block.length < 256) continue;
    yield Buffer.concat(block);
    block = [];
    await turns.rest();
  }
  yield Buffer.concat(block);
}
