// What requests about classifiers may say: their fields and ranges. Knows no HTTP.
import { z } from "zod";
import { InkstoneError, type Language } from "../../core/index.ts";
import type { TextModelName } from "../../pipelines/index.ts";
import { checked } from "../http/fields.ts";
import { jsonSchema } from "../http/schemas.ts";
import type { ServerLimits } from "../limits.ts";

// Held by the compiler to be the names of the pipelines room, which only the threads of classifiers load.
const models: Readonly<Record<TextModelName | "auto", true>> = {
  auto: true,
  "naive-bayes": true,
  "logistic-regression": true,
  "linear-svm": true,
  embeddings: true,
  joined: true,
};
const modelNames = Object.keys(models) as (TextModelName | "auto")[];

const column = z.string().min(1).max(200);
const checking = z.strictObject({ text: column.optional(), label: column.optional(), name: z.string().max(1000).optional() });

// Numbers come as text: what is no plain whole number stays text, and is refused as such.
const whole = (least: number, most: number) =>
  z.preprocess((value) => (typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value), z.int().min(least).max(most));

const training = z.strictObject({
  text: column.default("text"),
  label: column.default("label"),
  name: z.string().max(1000).optional(),
  model: z.enum(modelNames).default("auto"),
  folds: whole(2, 20).default(5),
  seed: whole(0, Number.MAX_SAFE_INTEGER).default(0),
  skip_bad: z.enum(["true", "false"]).default("false"),
  // Of model "auto": an encoder is tuned on the rows, too, where that fits into so many minutes.
  tuned: z.enum(["true", "false"]).default("false"),
  minutes: whole(1, 24 * 60).default(15),
});

const measuring = z.strictObject({ text: column.default("text"), label: column.default("label"), name: z.string().max(1000).optional() });

/** What a check is asked; columns that are not named are guessed. */
export interface CheckQuery {
  readonly text?: string;
  readonly label?: string;
  /** What the sender calls the file. */
  readonly name?: string;
}

/** What a training is asked. */
export interface TrainingQuery {
  readonly text: string;
  readonly label: string;
  readonly name?: string;
  readonly model: TextModelName | "auto";
  readonly folds: number;
  readonly seed: number;
  readonly skip_bad: "true" | "false";
  readonly tuned: "true" | "false";
  readonly minutes: number;
}

/** The query of a check. Errors: E_FIELD, E_FIELD_UNKNOWN. */
export function readCheckQuery(query: unknown): CheckQuery {
  return checked(checking, query);
}

/** The query of a training. Errors: E_FIELD, E_FIELD_UNKNOWN. */
export function readTrainingQuery(query: unknown): TrainingQuery {
  const read = checked(training, query);
  if (read.tuned === "true" && read.model !== "auto")
    throw new InkstoneError("E_FIELD", { field: "tuned", why: { en: 'only beside model "auto"', zh: "仅可与 model “auto” 同用" } });
  return read;
}

/** The query of an evaluation on a table. Errors: E_FIELD, E_FIELD_UNKNOWN. */
export function readMeasuringQuery(query: unknown): Required<Pick<CheckQuery, "text" | "label">> & Pick<CheckQuery, "name"> {
  return checked(measuring, query);
}

const labelling = z.strictObject({ text: column.optional(), name: z.string().max(1000).optional() });

/** The query of a table that is to be labelled. Errors: E_FIELD, E_FIELD_UNKNOWN. */
export function readLabellingQuery(query: unknown): Pick<CheckQuery, "text" | "name"> {
  return checked(labelling, query);
}

const reporting = z.strictObject({ language: z.enum(["en", "zh"]).optional() });

/** The query of a report. Errors: E_FIELD, E_FIELD_UNKNOWN. */
export function readReportQuery(query: unknown): { readonly language?: Language } {
  return checked(reporting, query);
}

/** A request to a classifier. */
export interface ClassifyRequest {
  readonly model: string;
  readonly texts: readonly string[];
  readonly because: number;
}

// The schema within these limits.
function makeSchema(limits: ServerLimits) {
  const text = z.string().min(1).max(limits.classifyCharacters);
  return z.strictObject({
    model: z.string().min(1).max(200),
    input: z.union([text, z.array(text).min(1).max(limits.classifyTexts)]),
    because: z.int().min(0).max(50).nullish(),
  });
}

/** The body of POST /v1/classify as JSON Schema. */
export const classifyBody = (limits: ServerLimits): object => jsonSchema(makeSchema(limits));

/** The body of POST /v1/classify. Errors: E_FIELD, E_FIELD_UNKNOWN. */
export function readClassifyRequest(body: unknown, limits: ServerLimits): ClassifyRequest {
  const { model, input, because } = checked(makeSchema(limits), body);
  return { model, texts: typeof input === "string" ? [input] : input, because: because ?? 0 };
}
