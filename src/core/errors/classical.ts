// Errors of vectorisers and classical models: what they are fitted on, and how they were saved.
import type { Catalogue, Phrase } from "./entry.ts";

/** Codes and their parameters. */
export interface ClassicalErrors {
  E_FIT_EMPTY: { what: Phrase };
  E_FIT_LABELS: { rows: number; labels: number };
  E_FIT_ONE_CLASS: { label: string | number };
  E_FIT_LABEL: { row: number; label: string };
  E_FIT_LABEL_KINDS: { row: number; label: string; first: string };
  E_FIT_VALUE: { row: number; column: number; value: string; allowed: Phrase };
  E_FIT_WIDTH: { expected: number; got: number };
  E_FIT_SEQUENCE: { row: number; tokens: number; labels: number };
  E_NOT_FITTED: { what: string };
  E_VOCABULARY: { why: Phrase };
  E_TEXT_VALUE: { row: number; got: string };
  E_SAVED_MODEL: { what: string; why: Phrase };
}

const invalid = { exit: 65, status: 400, type: "invalid_request_error" } as const;

/** Exit code, HTTP status and words of each. */
export const classicalErrors: Catalogue<ClassicalErrors> = {
  E_FIT_EMPTY: {
    ...invalid,
    en: { message: "There is nothing to fit: {what}.", hint: "Give at least one row; check the filters before this step." },
    zh: { message: "没有可供拟合的数据：{what}。", hint: "请至少提供一行数据，并检查此前的过滤步骤。" },
  },
  E_FIT_LABELS: {
    ...invalid,
    en: { message: "There are {rows} rows and {labels} labels.", hint: "Give one label a row, in the same order." },
    zh: { message: "共有 {rows} 行数据，却有 {labels} 个标签。", hint: "请为每一行提供一个标签，顺序一致。" },
  },
  E_FIT_ONE_CLASS: {
    ...invalid,
    en: { message: "Every row has the label {label}: there is nothing to tell apart.", hint: "Give rows of at least two classes." },
    zh: { message: "所有行的标签都是 {label}：没有可区分的类别。", hint: "请提供至少两个类别的数据。" },
  },
  E_FIT_LABEL: {
    ...invalid,
    en: { message: "The label of row {row} is {label}, which is none.", hint: "Labels are texts or finite numbers." },
    zh: { message: "第 {row} 行的标签为 {label}，不是有效标签。", hint: "标签应为文本或有限的数值。" },
  },
  E_FIT_LABEL_KINDS: {
    ...invalid,
    en: {
      message: "The label of row {row} is {label}, that of row 0 {first}: one is a number, the other a text.",
      hint: 'Give all labels as texts, or all as numbers: 1 and "1" are two classes.',
    },
    zh: {
      message: "第 {row} 行的标签为 {label}，第 0 行为 {first}：一个是数值，一个是文本。",
      hint: "请让标签全部为文本或全部为数值：1 与“1”是两个类别。",
    },
  },
  E_FIT_VALUE: {
    ...invalid,
    en: { message: "Row {row}, column {column} holds {value}; allowed: {allowed}.", hint: "Correct the step that made this value." },
    zh: { message: "第 {row} 行第 {column} 列的值为 {value}；允许：{allowed}。", hint: "请修正产生该值的步骤。" },
  },
  E_FIT_WIDTH: {
    ...invalid,
    en: { message: "The rows have {got} columns, expected {expected}.", hint: "Make them with the vectoriser that this model was fitted with." },
    zh: { message: "数据有 {got} 列，应为 {expected} 列。", hint: "请使用拟合此模型时的向量化器来生成数据。" },
  },
  E_FIT_SEQUENCE: {
    ...invalid,
    en: { message: "Sequence {row} has {tokens} tokens and {labels} labels.", hint: "Give one label a token." },
    zh: { message: "第 {row} 个序列有 {tokens} 个词元、{labels} 个标签。", hint: "请为每个词元提供一个标签。" },
  },
  E_NOT_FITTED: {
    exit: 64,
    status: 409,
    type: "not_fitted",
    en: { message: "{what} has not been fitted yet.", hint: "Call fit first, or load a saved one." },
    zh: { message: "{what} 尚未拟合。", hint: "请先调用 fit，或加载已保存的模型。" },
  },
  E_VOCABULARY: {
    ...invalid,
    en: { message: "There is no vocabulary: {why}.", hint: "Check the texts, the stop words and the limits minDf and maxDf." },
    zh: { message: "没有词表：{why}。", hint: "请检查文本、停用词以及 minDf 与 maxDf 的设置。" },
  },
  E_TEXT_VALUE: {
    ...invalid,
    en: { message: "Row {row} is not a text but {got}.", hint: "Give texts; leave empty rows out." },
    zh: { message: "第 {row} 行不是文本，而是 {got}。", hint: "请提供文本，并去掉空行。" },
  },
  E_SAVED_MODEL: {
    ...invalid,
    en: { message: "This is not a saved {what}: {why}.", hint: "Save it again with this version, or load what it is." },
    zh: { message: "这不是已保存的 {what}：{why}。", hint: "请用当前版本重新保存，或按其实际类型加载。" },
  },
};
