// An encoder's thread: opens the model, answers calls one after another. Runs as a worker only.
import { type EncoderInput, type Head, loadEncoder, pooled, type RunningEncoder, unit } from "../../models/index.ts";
import { openExecutor } from "../../native/index.ts";
import { cpu } from "../../tensor/index.ts";
import { loadTokenizer, type Tokenizer } from "../../text/index.ts";
import { type Report, serveThread } from "../threads/serve.ts";
import { Attributor } from "./attribution.ts";
import type { EncoderAnswers, EncoderCall, EncoderFiles } from "./protocol.ts";
import { fillWords, findAnswers, tagWords } from "./reading.ts";

interface Opened {
  readonly files: EncoderFiles;
  readonly encoder: RunningEncoder;
  readonly head: Head | undefined;
  readonly tokenizer: Tokenizer;
  readonly longest: number;
}

let opened: Opened | undefined;
let attributor: Attributor | undefined;

async function open(call: Extract<EncoderCall, { kind: "open" }>): Promise<EncoderAnswers["open"]> {
  const { files, head: wanted, threads } = call;
  const executor = openExecutor({ threads });
  // On the reference kernels rounding saves no time.
  const precision = call.precision ?? (executor.name === "native" ? "bf16" : "exact");
  const tokenizer = await loadTokenizer(files.tokenizer, executor);
  const { encoder, head } = await loadEncoder(files.weights, files.config, cpu(executor), {
    precision,
    ...(wanted === undefined ? {} : { head: wanted }),
  });
  const longest = Math.min(files.longest, encoder.longest);
  opened = { files, encoder, head, tokenizer, longest };
  const { kind, width, vocabularySize, labels } = encoder.config;
  return {
    name: files.name,
    architecture: kind,
    parameters: encoder.parameterCount,
    dimensions: width,
    contextLength: longest,
    vocabularySize,
    labels,
    lacksCapitals: files.lacksCapitals && !files.lowercase,
    precision,
    executor: executor.name,
  };
}

async function inputsOf({ tokenizer, files, longest }: Opened, texts: readonly string[], second?: readonly string[]): Promise<EncoderInput[]> {
  const cased = files.lowercase ? (all: readonly string[]) => all.map((text) => text.toLowerCase()) : (all: readonly string[]) => all;
  // One after the other: a tokenizer takes one call at a time.
  const first = await tokenizer.encodeAll(cased(texts));
  const others = second === undefined ? undefined : await tokenizer.encodeAll(cased(second));
  return first.map((ids, i) => tokenizer.forModel(ids, others?.[i], longest));
}

const countOf = (inputs: readonly EncoderInput[]) => inputs.reduce((sum, { ids }) => sum + ids.length, 0);

async function embed(texts: readonly string[], control: Int32Array, report: Report): Promise<EncoderAnswers["embed"]> {
  const model = opened as Opened;
  const { encoder, files } = model;
  const { width } = encoder.config;
  const inputs = await inputsOf(model, texts);
  const vectors = new Float32Array(texts.length * width);
  const take = (index: number, rows: Float32Array) => {
    const vector = pooled(rows, width, files.pooling);
    vectors.set(files.normalize ? unit(vector) : vector, index * width);
  };
  encoder.run(inputs, take, { control, onProgress: (done) => report(done, texts.length) });
  return { vectors, tokens: countOf(inputs) };
}

async function score(
  { firsts, seconds }: Extract<EncoderCall, { kind: "score" }>,
  control: Int32Array,
  report: Report,
): Promise<EncoderAnswers["score"]> {
  const model = opened as Opened;
  const { encoder } = model;
  const head = model.head as Head;
  const inputs = await inputsOf(model, firsts, seconds);
  const scores = new Float32Array(firsts.length * head.size);
  const take = (index: number, rows: Float32Array) => scores.set(head.scores(rows.slice(0, encoder.config.width)), index * head.size);
  encoder.run(inputs, take, { control, onProgress: (done) => report(done, firsts.length) });
  return { scores, tokens: countOf(inputs) };
}

async function attribute({ text, right, method }: Extract<EncoderCall, { kind: "attribute" }>): Promise<EncoderAnswers["attribute"]> {
  const { files, encoder, head, tokenizer, longest } = opened as Opened;
  attributor ??= new Attributor(files, encoder.device, (head as Head).size);
  return { words: await attributor.words(tokenizer, text, right, { method, longest }) };
}

function answerTo(call: EncoderCall, control: Int32Array, report: Report): Promise<EncoderAnswers[EncoderCall["kind"]]> {
  if (call.kind === "open") return open(call);
  if (call.kind === "embed") return embed(call.texts, control, report);
  if (call.kind === "score") return score(call, control, report);
  if (call.kind === "attribute") return attribute(call);
  const model = opened as Opened & { head: Head };
  const reading = {
    ...model,
    run: { control, onProgress: (done: number) => report(done, call.kind === "answer" ? call.questions.length : call.texts.length) },
  };
  if (call.kind === "tag") return tagWords(reading, call.texts);
  return call.kind === "answer" ? findAnswers(reading, call) : fillWords(reading, call);
}

serveThread<EncoderCall, EncoderAnswers>(answerTo, () => {
  attributor?.dispose();
  opened?.encoder.dispose();
  opened?.tokenizer.dispose();
});
