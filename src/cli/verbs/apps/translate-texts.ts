// inkstone translate MODEL [TEXT | -]: texts by a model that translates, each with how sure the model was.
import { InkstoneError } from "../../../core/index.ts";
import type { Precision } from "../../../native/index.ts";
import { openWithProgress } from "../../encoder.ts";
import { readAll } from "../../input.ts";
import { ofRun } from "../../model.ts";
import { type Surroundings, visible } from "../../terminal.ts";

/** What may be said beside model and texts. */
export interface TextFlags {
  readonly from?: string;
  readonly to?: string;
  readonly beams?: number;
  readonly precision?: Precision;
  readonly threads?: number;
  readonly json?: boolean;
}

/** Options of documents: said with texts they would do nothing. */
const ofDocuments = ["model", "glossary", "output", "memory", "force"] as const;

/** Translates the texts, or the lines of standard input; with `json` one object {text, score} a line. Errors: E_USAGE, E_INPUT_SIZE, those of `Translator`. */
export async function translateTexts(
  reference: string,
  given: readonly string[],
  flags: TextFlags & Partial<Record<(typeof ofDocuments)[number], unknown>>,
  { input, output, signals, ...around }: Surroundings,
): Promise<void> {
  const other = ofDocuments.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (other !== undefined) throw new InkstoneError("E_USAGE", { why: { en: `--${other} is for documents.`, zh: `--${other} 仅用于文档。` } });
  if (given.length === 0 && input.isTTY) throw new InkstoneError("E_USAGE", { why: { en: "a text is missing.", zh: "缺少文本。" } });
  const fromInput = given.length === 0 || (given.length === 1 && given[0] === "-");
  const texts = fromInput ? linesOf(await readAll(input)) : given;
  const { Translator } = await import("../../../generate/index.ts");
  const { from, to, beams, precision, threads, json } = flags;
  const options = { ...(precision === undefined ? {} : { precision }), ...(threads === undefined ? {} : { threads }) };
  // Of a run that is going on: its best weights so far.
  const model = await ofRun(reference);
  const translator = await openWithProgress({ input, output, signals, ...around }, (more) => Translator.open(model, { ...options, ...more }));
  try {
    const how = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }), ...(beams === undefined ? {} : { beams }) };
    const found = await translator.translateScored(texts, { ...how, signal: signals.signal });
    for (const { text, score } of found) output.write(json ? `${JSON.stringify({ text, score })}\n` : `${visible(text)}\n`);
  } finally {
    await translator.close();
  }
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
}
