// A playbook: clauses that must be there, and what is looked at twice. Reads YAML; the default ones are its own. Knows no contract.
import { type Language, listed, type Words } from "../../core/index.ts";
import { RulesFile } from "../rules-file/index.ts";
import { type ClauseKind, clauseKinds } from "./clauses.ts";

/** Something unusual. */
export interface PlaybookFlag {
  readonly name: string;
  /** Only in clauses of this kind. */
  readonly clause?: ClauseKind;
  readonly pattern: RegExp;
  readonly reason: string | Words;
  readonly severity: "low" | "medium" | "high";
}

/** What a contract is held against. */
export interface Playbook {
  readonly require: readonly ClauseKind[];
  readonly flags: readonly PlaybookFlag[];
}

const flag = (name: string, severity: PlaybookFlag["severity"], pattern: RegExp, en: string, zh: string, clause?: ClauseKind): PlaybookFlag => ({
  name,
  severity,
  pattern,
  reason: { en, zh },
  ...(clause === undefined ? {} : { clause }),
});

/** The playbook without a file. */
export const defaultPlaybook: Playbook = {
  require: [
    "governing-law",
    "dispute-resolution",
    "term",
    "termination-for-cause",
    "confidentiality",
    "cap-on-liability",
    "payment",
    "force-majeure",
  ],
  flags: [
    flag(
      "automatic-renewal",
      "medium",
      /\bautomatic(?:ally)?\b[^.]{0,60}\b(?:renew|extend)|\brenew[^.]{0,40}\bautomatic|自动(?:续|延长|顺延|展期)/i,
      "It goes on by itself unless somebody gives notice.",
      "未提前通知即自动续期。",
    ),
    flag(
      "unilateral-change",
      "high",
      /\b(?:may|reserves? the right to|can)\b[^.]{0,60}\b(?:modify|amend|change|revise)\b[^.]{0,80}\b(?:at any time|sole discretion|without (?:prior )?notice)|(?:有权|可以?)(?:随时|单方).{0,16}(?:修改|变更|调整)/i,
      "One side can change it alone.",
      "一方可单方变更。",
    ),
    flag(
      "sole-discretion",
      "low",
      /\b(?:sole|absolute) (?:and absolute )?discretion\b|自行决定|单方决定/i,
      "One side decides alone.",
      "由一方自行决定。",
    ),
    flag(
      "perpetual",
      "medium",
      /\b(?:in perpetuity|perpetual|irrevocabl[ey])\b|永久|不可撤销/i,
      "It has no end or cannot be taken back.",
      "永久有效或不可撤销。",
    ),
    flag(
      "unlimited-liability",
      "high",
      /\bunlimited\b[^.]{0,30}\bliab|\bwithout (?:any )?limit(?:ation)?\b[^.]{0,30}\bliab|无限(?:连带)?责任/i,
      "Liability without a limit.",
      "责任没有上限。",
    ),
    flag(
      "one-sided-indemnity",
      "medium",
      /\b(?:customer|client|licensee|contractor|consultant|distributor|tenant|employee)\b[^.]{0,40}\bshall (?:indemnify|defend|hold)/i,
      "Only one side indemnifies the other.",
      "仅一方承担赔偿责任。",
      "indemnification",
    ),
    flag(
      "waiver-of-jury-or-class",
      "high",
      /\bwaiv[^.]{0,60}\b(?:jury|class action|right to (?:sue|appeal))|放弃.{0,16}(?:诉讼|起诉|申诉|上诉)/i,
      "A right to go to court is given up.",
      "放弃诉讼权利。",
    ),
    flag(
      "penalty-rate",
      "medium",
      /\b(?:1[89]|[2-9]\d)(?:\.\d+)? ?(?:%|percent)[^.]{0,40}\b(?:interest|per annum|late)|\blate[^.]{0,60}\b[2-9](?:\.\d+)? ?% per month|日.{0,4}(?:千分之[三四五六七八九]|百分之)/i,
      "A high rate for late payment.",
      "迟延利率较高。",
    ),
    flag("as-is", "low", /["“]?as[- ]is["”]?\b|按现状/i, "Nothing is warranted.", "按现状提供，不作保证。"),
    flag(
      "non-compete",
      "medium",
      /\bnon-?compet|\bshall not\b[^.]{0,120}\bcompet(?:e|es|ing)\b|竞业(?:限制|禁止)/i,
      "Work for others is restricted.",
      "限制从事竞争业务。",
    ),
    flag(
      "no-refund",
      "medium",
      /\bnon-?refundable\b|\bno refunds?\b|(?:概不|不予)退(?:还|款)/i,
      "What was paid does not come back.",
      "款项不予退还。",
    ),
    flag("final-interpretation", "high", /最终解释权/, "One side keeps the last word on what it means.", "一方保留最终解释权。"),
  ],
};

const keys = ["require", "flags", "default"];

/**
 * Reads a playbook: `require` (kinds of clauses), `flags` (name, pattern, reason, severity, clause), `default: false` to leave the shipped flags out.
 *
 * Errors: E_RULES_FILE with the place.
 *
 * @example
 * parsePlaybook("require: [governing-law]").require; // ["governing-law"]
 * parsePlaybook("require: [magic]"); // throws E_RULES_FILE
 */
export function parsePlaybook(text: string, file: string = "playbook"): Playbook {
  const rules = RulesFile.parse(text, file);
  const given = rules.mapping(rules.root, "", keys);
  const kinds = Object.keys(clauseKinds);
  const kind = (value: unknown, where: string): ClauseKind => {
    if (typeof value !== "string" || !kinds.includes(value)) throw rules.refuse(where, listed(kinds));
    return value as ClauseKind;
  };
  const flags = rules.list(given.flags, "/flags").map((one, i): PlaybookFlag => {
    const at = `/flags/${i}`;
    const { name, pattern, reason, severity = "medium", clause } = (typeof one === "object" && one !== null ? one : {}) as Record<string, unknown>;
    if (typeof name !== "string" || typeof pattern !== "string" || typeof reason !== "string")
      throw rules.refuse(at, { en: "it needs name, pattern and reason", zh: "需要 name、pattern 与 reason" });
    if (severity !== "low" && severity !== "medium" && severity !== "high") throw rules.refuse(`${at}/severity`, listed(["low", "medium", "high"]));
    return {
      name,
      severity,
      reason,
      pattern: patternOf(pattern, () => rules.refuse(`${at}/pattern`, { en: "it cannot be read", zh: "无法解析" })),
      ...(clause === undefined ? {} : { clause: kind(clause, `${at}/clause`) }),
    };
  });
  return {
    require:
      given.require === undefined ? defaultPlaybook.require : rules.list(given.require, "/require").map((one, i) => kind(one, `/require/${i}`)),
    flags: [...(given.default === false ? [] : defaultPlaybook.flags), ...flags],
  };
}

function patternOf(source: string, refuse: () => Error): RegExp {
  try {
    return new RegExp(source, "iu");
  } catch {
    throw refuse();
  }
}

/** The reason of a flag in a language. */
export const reasonIn = (reason: string | Words, language: Language): string => (typeof reason === "string" ? reason : reason[language]);
