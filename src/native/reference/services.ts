// The twins of native services, by name: those of this room, and what others register.
import { createBpe } from "./bpe/index.ts";
import { createCrf } from "./crf.ts";
import { createLinearSvm } from "./linear-svm.ts";
import { createLogistic } from "./logistic.ts";
import { createNgrams } from "./ngrams/index.ts";
import type { ReferenceService } from "./service.ts";
import { createUnigram } from "./unigram.ts";
import { createWordPiece } from "./wordpiece.ts";

/** Builds a service from its configuration. Throws `E_SERVICE` when that is bad. */
export type ReferenceServiceFactory = (configuration: Uint8Array) => ReferenceService;

const factories = new Map<string, ReferenceServiceFactory>([
  ["bpe", createBpe],
  ["crf", createCrf],
  ["linear-svm", createLinearSvm],
  ["logistic", createLogistic],
  ["ngrams", createNgrams],
  ["unigram", createUnigram],
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
