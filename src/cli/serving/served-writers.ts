// Recognisers of speech and translators that a server serves: those that are named, and those of the catalogue that are in the store. Opens none before it is wanted.
import { Option } from "commander";
import type { Precision } from "../../native/index.ts";
import type { ServedEntry } from "../../server/index.ts";
import type { Say } from "../options.ts";
import { calledBy } from "./offered.ts";

/** What is named on the command line. */
export interface WriterFlags {
  readonly transcribe: readonly string[];
  readonly translate: readonly string[];
  readonly precision?: Precision | undefined;
  readonly threads?: number | undefined;
}

/** `--transcribe MODEL` and `--translate MODEL`, each as often as one likes. */
export function writerOptions(say: Say): Option[] {
  const several = (flags: string, words: string) =>
    new Option(flags, words).argParser((value: string, before: string[]) => [...before, value]).default([], "");
  return [
    several(
      "--transcribe <model>",
      say({ en: "also serve speech into text by this model; may be repeated", zh: "同时提供此模型的语音转写，可重复" }),
    ),
    several("--translate <model>", say({ en: "also serve translation by this model; may be repeated", zh: "同时提供此模型的翻译，可重复" })),
  ];
}

/** Entries for a server, those that were named first. */
export async function servedWriters({ transcribe, translate, precision, threads }: WriterFlags): Promise<ServedEntry[]> {
  const [{ SpeechRecognizer, Translator }, { storedFor }] = await Promise.all([import("../../generate/index.ts"), import("../../hub/index.ts")]);
  const options = { precision, threads };
  const named = async (given: readonly string[], use: "speech" | "translation") => [...new Set([...given, ...(await storedFor(use))])];
  const recognizers = (await named(transcribe, "speech")).map((reference) => ({
    kind: "transcription" as const,
    name: calledBy(reference),
    open: () => SpeechRecognizer.open(reference, options),
  }));
  const translators = (await named(translate, "translation")).map((reference) => ({
    kind: "translation" as const,
    name: calledBy(reference),
    open: () => Translator.open(reference, options),
  }));
  return [...recognizers, ...translators] as unknown as ServedEntry[];
}
