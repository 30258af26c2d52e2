// Questions that a note raises, for a clinician to answer: each with the place that raises it. By rules; answers none of them.
import type { Language } from "../../core/index.ts";
import { type MedicalSpan, readMedical } from "./record.ts";

/** A question for a clinician. */
export interface ClinicianQuestion extends MedicalSpan {
  readonly kind:
    | "abnormal-value"
    | "drug-without-frequency"
    | "drug-without-problem"
    | "problem-without-plan"
    | "allergy"
    | "follow-up"
    | "repeated-value";
  readonly question: string;
}

const plan = /^(?:plan|assessment(?: and plan)?|impression|诊疗经过|出院医嘱|治疗)/i;
const allergy = /\ballerg(?:y|ies|ic)\b[^.\n]{0,60}|(?<!无|否认)(?:药物|青霉素|食物)过敏[^。\n]{0,20}/gi;
const follow = /\b(?:follow[- ]?up|recheck|repeat|return (?:in|to)|pending)\b[^.\n]{0,80}|(?:复查|随访|复诊|待回报)[^。\n]{0,30}/gi;

/**
 * The questions of a note, in its order.
 *
 * @example
 * const [first] = clinicianQuestions("Glucose 180 mg/dL (70-110).");
 * [first.kind, first.question]; // ["abnormal-value", "Glucose 180 mg/dL lies above its range (70-110): what explains it, and is it to be repeated?"]
 */
export function clinicianQuestions(text: string, language: Language = /\p{Script=Han}/u.test(text) ? "zh" : "en"): ClinicianQuestion[] {
  const zh = language === "zh";
  const { problems, drugs, values, sections } = readMedical(text);
  const found: ClinicianQuestion[] = [];
  const add = (kind: ClinicianQuestion["kind"], { start, end }: { start: number; end: number }, en: string, chinese: string): void => {
    found.push({ kind, start, end, text: text.slice(start, end), question: zh ? chinese : en });
  };
  for (const one of values) {
    if (one.abnormal !== "high" && one.abnormal !== "low") continue;
    const said = `${one.name} ${one.value}${one.unit === undefined ? "" : ` ${one.unit}`}`;
    const range = one.low === undefined ? "" : ` (${one.low}-${one.high})`;
    add(
      "abnormal-value",
      one,
      `${said} lies ${one.abnormal === "high" ? "above" : "below"} its range${range}: what explains it, and is it to be repeated?`,
      `${said} ${one.abnormal === "high" ? "高于" : "低于"}参考范围${range}：原因为何，是否需要复查？`,
    );
  }
  for (const one of drugs) {
    if (one.negated || one.historical || one.family) continue;
    if (one.frequency === undefined)
      add(
        "drug-without-frequency",
        one,
        `How often is ${one.name} ${one.dose} taken? The note does not say.`,
        `${one.name} ${one.dose} 的用药频次是多少？病历未注明。`,
      );
  }
  const said = sections.filter(({ name }) => plan.test(name));
  const named = new Set<string>();
  for (const one of problems) {
    const name = one.text.toLowerCase();
    if (one.negated || one.family || one.hypothetical || one.historical || named.has(name)) continue;
    named.add(name);
    if (said.length > 0 && !said.some((section) => section.text.toLowerCase().includes(name)))
      add(
        "problem-without-plan",
        one,
        `What is planned for ${one.text}? The plan does not name it.`,
        `针对“${one.text}”的处理计划是什么？计划部分未提及。`,
      );
  }
  for (const { 0: one, index } of text.matchAll(allergy))
    if (drugs.length > 0)
      add(
        "allergy",
        { start: index, end: index + one.trimEnd().length },
        `"${one.trim()}": does it bear on the drugs of this note?`,
        `“${one.trim()}”：是否影响本次用药？`,
      );
  for (const { 0: one, index } of text.matchAll(follow))
    add(
      "follow-up",
      { start: index, end: index + one.trimEnd().length },
      `"${one.trim()}": when, and who sees to it?`,
      `“${one.trim()}”：何时进行，由谁负责？`,
    );
  return found.sort((a, b) => a.start - b.start || a.end - b.end);
}
