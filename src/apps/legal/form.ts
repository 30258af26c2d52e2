// A form: typed questions with branches, and clauses that are written from checked answers. Knows no files and no shipped form.
import { type Language, listed, type Phrase, refuseOption, unknownOption, type Words } from "../../core/index.ts";
import { RulesFile } from "../rules-file/index.ts";

/**
 * What every letter says.
 *
 * @example
 * legalNotice.en.startsWith("Not legal advice"); // true
 */
export const legalNotice = {
  en: "Not legal advice: written by rules from the answers given; have it checked by a lawyer where much depends on it.",
  zh: "非法律意见：本文由规则根据所填答案生成；事关重大时请咨询律师。",
} as const;

/** A clause as written: its name in the form, its text, the answers that it rests on. */
export interface LegalClause {
  readonly name: string;
  readonly text: string;
  readonly answers: readonly string[];
}

/** A letter. */
export interface LegalLetter {
  readonly title: string;
  readonly language: Language;
  readonly clauses: readonly LegalClause[];
  readonly notice: string;
  readonly markdown: string;
}

type When = LegalQuestion["when"];
/** A question of a form: it is asked where earlier answers are as `when` says. */
export interface LegalQuestion {
  readonly name: string;
  /** text, date, number, money, choice or yesno. */
  readonly type: string;
  /** Of a choice. */
  readonly choices: readonly string[];
  readonly when: Readonly<Record<string, unknown>>;
}
interface Clause {
  readonly name: string;
  readonly text: string;
  readonly when: When;
}

const aDay = (value: unknown): boolean => {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const day = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(value);
};
const types: Readonly<Record<string, { readonly allowed: Words; readonly holds: (value: unknown) => boolean }>> = {
  text: {
    allowed: { en: "a text of one line, up to 2,000 characters", zh: "不超过 2,000 字的单行文本" },
    holds: (value) => typeof value === "string" && value.trim() !== "" && value.length <= 2000 && !/[\r\n]/.test(value),
  },
  date: { allowed: { en: "a day as 2026-03-05", zh: "日期，如 2026-03-05" }, holds: aDay },
  number: { allowed: { en: "a number", zh: "数字" }, holds: Number.isFinite },
  money: {
    allowed: { en: "an amount with its currency, as 120.50 EUR", zh: "金额及币种，如 120.50 CNY" },
    holds: (value) => typeof value === "string" && /^\d{1,12}(?:\.\d{1,2})? [A-Z]{3}$/.test(value),
  },
  choice: { allowed: { en: "", zh: "" }, holds: () => false },
  yesno: { allowed: { en: "true or false", zh: "true 或 false" }, holds: (value) => typeof value === "boolean" },
};

/**
 * A form that was read. Its YAML: `title`, `language`, `jurisdictions`, `questions` (name, type, choices, when), `clauses` (name, text, when).
 *
 * Types: text, date, number, money, choice, yesno. `when` maps earlier questions to the answer that they must have; `{name}` in a text is an answer.
 *
 * @example
 * const form = LegalForm.parse("title: Note\nlanguage: en\njurisdictions: [Ireland]\nquestions:\n  - {name: who, type: text}\nclauses:\n  - {name: head, text: 'Dear {who},'}");
 * form.write({ jurisdiction: "Ireland", who: "Ann" }).clauses[0].answers; // ["who"]
 * form.write({ jurisdiction: "Mars", who: "Ann" }); // throws E_OPTION
 */
export class LegalForm {
  readonly title: string;
  readonly language: Language;
  /** In their order; the first asks for the jurisdiction. */
  readonly questions: readonly LegalQuestion[];
  readonly #clauses: readonly Clause[];

  private constructor(title: string, language: Language, questions: readonly LegalQuestion[], clauses: readonly Clause[]) {
    this.title = title;
    this.language = language;
    this.questions = questions;
    this.#clauses = clauses;
  }

  /** Reads a form; `file` is shown in errors. Errors: E_RULES_FILE with the place. */
  static parse(text: string, file: string = "form"): LegalForm {
    const rules = RulesFile.parse(text, file);
    const refuse = (where: string, why: Phrase): never => {
      throw rules.refuse(where, why);
    };
    const list = (value: unknown, where: string): readonly unknown[] =>
      rules.list(value, where).length > 0 ? rules.list(value, where) : refuse(where, { en: "it is not a list with entries", zh: "不是非空列表" });
    const form = rules.mapping(rules.root, "", ["title", "language", "jurisdictions", "questions", "clauses"]);
    const { language } = form;
    if (language !== "en" && language !== "zh") return refuse("/language", { en: "it is en or zh", zh: "应为 en 或 zh" });
    const places = list(form.jurisdictions, "/jurisdictions").map((one, i) => rules.text(one, `/jurisdictions/${i}`));
    const questions: LegalQuestion[] = [{ name: "jurisdiction", type: "choice", choices: places, when: {} }];
    const whenOf = (value: unknown, where: string): When =>
      value === undefined
        ? {}
        : rules.mapping(
            value,
            where,
            questions.map(({ name }) => name),
          );
    for (const [i, one] of list(form.questions, "/questions").entries()) {
      const at = `/questions/${i}`;
      const given = rules.mapping(one, at, ["name", "type", "choices", "when"]);
      const [name, type] = [rules.text(given.name, `${at}/name`), rules.text(given.type, `${at}/type`)];
      if (!/^[a-z]\w*$/i.test(name) || questions.some((other) => other.name === name))
        refuse(`${at}/name`, { en: "a name is letters and digits, and there once", zh: "名称应为字母与数字，且不得重复" });
      if (!Object.hasOwn(types, type)) refuse(`${at}/type`, listed(Object.keys(types)));
      const choices = type === "choice" ? list(given.choices, `${at}/choices`).map((choice, j) => rules.text(choice, `${at}/choices/${j}`)) : [];
      questions.push({ name, type, choices, when: whenOf(given.when, `${at}/when`) });
    }
    const clauses = list(form.clauses, "/clauses").map((one, i): Clause => {
      const at = `/clauses/${i}`;
      const given = rules.mapping(one, at, ["name", "text", "when"]);
      const written = rules.text(given.text, `${at}/text`);
      for (const [, name] of written.matchAll(/\{(\w+)\}/g))
        if (!questions.some((other) => other.name === name))
          refuse(`${at}/text`, { en: `no question is named "${name}"`, zh: `没有名为“${name}”的问题` });
      return { name: rules.text(given.name, `${at}/name`), text: written, when: whenOf(given.when, `${at}/when`) };
    });
    return new LegalForm(rules.text(form.title, "/title"), language, questions, clauses);
  }

  /**
   * The first question that is to be asked and has no answer yet; undefined where all are answered.
   *
   * @example
   * shippedForm("refund").next({ jurisdiction: "Ireland" })?.name; // "sender"
   */
  next(answers: Readonly<Record<string, unknown>>): LegalQuestion | undefined {
    return this.questions.find(
      ({ name, when }) => !Object.hasOwn(answers, name) && Object.entries(when).every(([other, value]) => answers[other] === value),
    );
  }

  /** Why an answer is none of a question, as what is allowed; undefined where it is one. */
  refusal({ type, choices }: LegalQuestion, value: unknown): Words | undefined {
    if (type === "choice") return choices.some((choice) => choice === value) ? undefined : listed(choices);
    return types[type].holds(value) ? undefined : types[type].allowed;
  }

  /** The letter of these answers. Errors: E_OPTION for one that is missing or wrong, with what is allowed; E_OPTION_UNKNOWN for one that nothing asks. */
  write(given: Readonly<Record<string, unknown>>): LegalLetter {
    const names = this.questions.map(({ name }) => name);
    for (const name of Object.keys(given)) if (!names.includes(name)) throw unknownOption("answers", name, names);
    const answers = new Map<string, unknown>();
    const holds = (when: When): boolean => Object.entries(when).every(([name, value]) => answers.get(name) === value);
    for (const { name, type, choices, when } of this.questions) {
      if (!holds(when)) continue;
      const value = Object.hasOwn(given, name) ? given[name] : undefined;
      const right = type === "choice" ? choices.some((choice) => choice === value) : types[type].holds(value);
      if (!right) refuseOption(name, value, type === "choice" ? listed(choices) : types[type].allowed);
      answers.set(name, value);
    }
    const clauses = this.#clauses
      .filter(({ when }) => holds(when))
      .map(({ name, text, when }): LegalClause => {
        const asked = [...text.matchAll(/\{(\w+)\}/g)].map(([, one]) => one);
        for (const one of asked)
          if (!answers.has(one)) refuseOption(one, undefined, { en: `what clause "${name}" needs`, zh: `条款“${name}”所需的答案` });
        return {
          name,
          text: text.trim().replace(/\{(\w+)\}/g, (_, one: string) => String(answers.get(one))),
          answers: [...new Set([...Object.keys(when), ...asked])],
        };
      });
    const notice = legalNotice[this.language];
    const escaped = clauses.map(({ text }) => text.replace(/[\\`*_[\]<>#|]/g, "\\$&"));
    return {
      title: this.title,
      language: this.language,
      clauses,
      notice,
      markdown: `# ${this.title}\n\n${escaped.join("\n\n")}\n\n---\n\n${notice}\n`,
    };
  }
}
