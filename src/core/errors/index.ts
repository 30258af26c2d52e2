// InkstoneError and the one catalogue of every code, joined from its families. Knows nothing of terminals or HTTP beyond their codes.
import { plainly, shortened } from "../shortened.ts";
import { type AdaptErrors, adaptErrors } from "./adapt.ts";
import { type AppErrors, appErrors } from "./apps.ts";
import { type ClassicalErrors, classicalErrors } from "./classical.ts";
import { type CliErrors, cliErrors } from "./cli.ts";
import { type DataErrors, dataErrors } from "./data.ts";
import type { ErrorEntry, Hint, Phrase, Surface } from "./entry.ts";
import { type FormatErrors, formatErrors } from "./format.ts";
import { type GenerateErrors, generateErrors } from "./generate.ts";
import { type HubErrors, hubErrors } from "./hub.ts";
import { type MetricErrors, metricErrors } from "./metrics.ts";
import { type ModelErrors, modelErrors } from "./model.ts";
import { type NativeErrors, nativeErrors } from "./native.ts";
import { type OptimiserErrors, optimiserErrors } from "./optimiser.ts";
import { type RunErrors, runErrors } from "./runs.ts";
import { type ServerErrors, serverErrors } from "./server.ts";
import { type StoreErrors, storeErrors } from "./store.ts";
import { type SupportErrors, supportErrors } from "./support.ts";
import { type TensorErrors, tensorErrors } from "./tensor.ts";
import { type TextErrors, textErrors } from "./text.ts";
import { type TrainErrors, trainErrors } from "./train.ts";

export type { Catalogue, ErrorEntry, ErrorWords, Hint, Names, Phrase, Surface, Words } from "./entry.ts";

/** All codes with their parameters. */
export interface ErrorParameters
  extends NativeErrors,
    AdaptErrors,
    FormatErrors,
    TensorErrors,
    TextErrors,
    MetricErrors,
    ClassicalErrors,
    TrainErrors,
    OptimiserErrors,
    DataErrors,
    ModelErrors,
    GenerateErrors,
    HubErrors,
    RunErrors,
    StoreErrors,
    SupportErrors,
    ServerErrors,
    AppErrors,
    CliErrors {}

/** A code of the catalogue. */
export type ErrorCode = keyof ErrorParameters;

/** Languages in which errors and pages speak. */
export type Language = "en" | "zh";

/** The catalogue: every code, its exit code, HTTP status and words in both languages. */
export const errorCatalogue: { readonly [C in ErrorCode]: ErrorEntry } = {
  ...adaptErrors,
  ...nativeErrors,
  ...formatErrors,
  ...tensorErrors,
  ...textErrors,
  ...metricErrors,
  ...classicalErrors,
  ...trainErrors,
  ...optimiserErrors,
  ...dataErrors,
  ...modelErrors,
  ...generateErrors,
  ...hubErrors,
  ...runErrors,
  ...storeErrors,
  ...supportErrors,
  ...serverErrors,
  ...appErrors,
  ...cliErrors,
};

/**
 * A phrase in a language.
 *
 * @example
 * inLanguage(["bytes", "words"], "zh"); // "bytes、words"
 */
export const inLanguage = (phrase: Phrase, language: Language): string =>
  "en" in phrase ? phrase[language] : phrase.join(language === "zh" ? "、" : ", ");

/**
 * Every error that a user can meet: a code and its facts; the words come from the catalogue.
 *
 * `message` and `hint` are English; `describe("zh")` gives Chinese. Parameters are shown escaped and cut at 512 characters.
 *
 * @example
 * new InkstoneError("E_MEMORY", { needed: 10 }).message; // "There is no room for 10 bytes of memory."
 */
export class InkstoneError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name: string = "InkstoneError";
  readonly code: C;
  readonly parameters: ErrorParameters[C];

  constructor(code: C, parameters: ErrorParameters[C], options?: { cause?: unknown }) {
    super(fill(errorCatalogue[code].en.message, parameters, "en"), options);
    this.code = code;
    this.parameters = parameters;
  }

  get exit(): number {
    return errorCatalogue[this.code].exit;
  }
  get status(): number {
    return errorCatalogue[this.code].status;
  }
  get type(): string {
    return errorCatalogue[this.code].type;
  }
  get hint(): string {
    return this.describe("en").hint;
  }

  /** Message and hint in a language; the hint as it helps in a program, a terminal or over HTTP. */
  describe(language: Language, surface: Surface = "library"): { message: string; hint: string } {
    const { message, hint } = errorCatalogue[this.code][language];
    return { message: fill(message, this.parameters, language), hint: fill(hintAt(hint, surface), this.parameters, language) };
  }

  /** What crosses a thread or process boundary: rebuild with `InkstoneError.from`. */
  toJSON(): { code: C; parameters: ErrorParameters[C] } {
    return { code: this.code, parameters: this.parameters };
  }

  static from(plain: { code: ErrorCode; parameters: ErrorParameters[ErrorCode] }): InkstoneError {
    return new InkstoneError(plain.code, plain.parameters);
  }
}

const hintAt = (hint: Hint, surface: Surface): string => (typeof hint === "string" ? hint : hint[surface]);

function fill(template: string, parameters: object, language: Language): string {
  const values = parameters as Record<string, unknown>;
  if (language === "en")
    return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? show(phrase(values[name], language)) : whole));
  return template.replace(/(.?)( ?)\{(\w+)\}( ?)(?=(.?))/gsu, (whole, before: string, open: string, name: string, close: string, after: string) =>
    name in values ? before + spaced(show(phrase(values[name], language)), { before, open, close, after }) : whole,
  );
}

// Chinese characters stand together; where they meet Latin letters or digits there is a space. Which of both a fact is, its template cannot know.
function spaced(value: string, { before, open, close, after }: { before: string; open: string; close: string; after: string }): string {
  const [first = "", last = ""] = [[...value].at(0), [...value].at(-1)];
  return seam(before, first, open) + value + seam(last, after, close);
}

const chinese = /^[\p{Script=Han}\u3000-\u303f\uff00-\uffef“”‘’]$/u;
const mixed = /^(?:\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9]\p{Script=Han})$/u;

function seam(left: string, right: string, there: string): string {
  if (chinese.test(left) && chinese.test(right)) return "";
  return mixed.test(left + right) ? " " : there;
}

// A parameter may carry its words in both languages, or be names in a row.
function phrase(value: unknown, language: Language): unknown {
  if (Array.isArray(value) && value.length > 0 && value.every((name) => typeof name === "string")) return inLanguage(value, language);
  return typeof value === "object" && value !== null && "en" in value && "zh" in value ? (value as Record<Language, unknown>)[language] : value;
}

// Facts can come from hostile files: no control characters, no endless text.
function show(value: unknown): string {
  const text = typeof value === "string" ? value : typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? String(value));
  return shortened(plainly(text), 512);
}
