// A recogniser's thread: opens the model, transcribes one sound after another. Runs as a worker only.
import { openSound, resampled } from "../../formats/index.ts";
import { SAMPLE_RATE, Whisper } from "../../models/index.ts";
import { openExecutor } from "../../native/index.ts";
import { cpu } from "../../tensor/index.ts";
import { loadTokenizer, type Tokenizer } from "../../text/index.ts";
import { type Report, serveThread } from "../threads/serve.ts";
import { SpeechListener } from "./listen.ts";
import type { SpeechAnswers, SpeechCall } from "./protocol.ts";

let model: Whisper | undefined;
let tokenizer: Tokenizer | undefined;
let listener: SpeechListener | undefined;

async function open({ files, precision: asked, threads }: Extract<SpeechCall, { kind: "open" }>): Promise<SpeechAnswers["open"]> {
  const executor = openExecutor({ threads });
  const precision = asked ?? (executor.name === "native" ? "bf16" : "exact");
  tokenizer = await loadTokenizer(files.tokenizer, executor);
  model = await Whisper.load(files.weights, cpu(executor), precision);
  listener = new SpeechListener({ model, tokenizer, files });
  const multilingual = listener.ids.languages.size > 0;
  return { name: files.name, architecture: "whisper", parameters: model.parameterCount, precision, executor: executor.name, multilingual };
}

async function answerTo(call: SpeechCall, control: Int32Array, report: Report): Promise<SpeechAnswers[SpeechCall["kind"]]> {
  if (call.kind === "open") return open(call);
  const { input, options } = call;
  const sound = typeof input === "string" || input instanceof Uint8Array ? await openSound(input) : resampled(input.samples, input.rate, SAMPLE_RATE);
  return (listener as SpeechListener).listen(sound, options, { control, onProgress: report });
}

serveThread<SpeechCall, SpeechAnswers>(answerTo, () => {
  model?.dispose();
  tokenizer?.dispose();
});
