// The twins of native services, by name: those of this room, and what others register.
import { InkstoneError, type Words } from "../../core/index.ts";
import { createBpe } from "./bpe/index.ts";
import { createCrf } from "./crf.ts";
import { createTrainer } from "./learn/trainer.ts";
import { createLinearSvm } from "./linear-svm.ts";
import { createLogistic } from "./logistic.ts";
import { createNgrams } from "./ngrams/index.ts";
import type { ReferenceService } from "./service.ts";
import { createUnigram } from "./unigram.ts";
import { createWordPiece } from "./wordpiece.ts";

/** Builds a service from its configuration. Throws `E_SERVICE` when that is bad. */
export type ReferenceServiceFactory = (configuration: Uint8Array) => ReferenceService;

// What has no twin: a second engine for grammars would be one more to trust, and another library cannot be loaded without native code.
const nativeOnly = (what: Words): ReferenceServiceFactory => {
  return () => {
    throw new InkstoneError("E_NATIVE_NEEDED", { what });
  };
};
const grammars = nativeOnly({ en: "Output in a given form", zh: "按指定格式输出" });

const factories = new Map<string, ReferenceServiceFactory>([
  ["bpe", createBpe],
  ["crf", createCrf],
  ["grammar", grammars],
  ["linear-svm", createLinearSvm],
  ["logistic", createLogistic],
  ["mpi", nativeOnly({ en: "Training over several processes", zh: "多进程训练" })],
  ["ngrams", createNgrams],
  ["tokenizer-trainer", createTrainer],
  ["unigram", createUnigram],
  ["vocabulary", grammars],
  ["wordpiece", createWordPiece],
]);

/** Makes a twin known under the name of its native service. */
export function registerReferenceService(name: string, factory: ReferenceServiceFactory): void {
  factories.set(name, factory);
}

/** The factory of a service; undefined when nothing of that name was registered. */
export function referenceService(name: string): ReferenceServiceFactory | undefined {
  return factories.get(name);
}
