// What a clinical note says: sections, drugs with dose, laboratory values with unit and range, problems with how they are meant. Rules only; every item has its place.
import { contextOf, type FindingContext } from "./context.ts";

/** Said on every output. */
export const medicalNotice = {
  en: "Not medical advice: extracted by rules from the text, to be checked against it by a clinician.",
  zh: "非医疗建议：由规则从原文中抽取，须由医务人员对照原文核实。",
} as const;

/** A place of a text. */
export interface MedicalSpan {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A section of a note, from its heading to the next. */
export interface MedicalSection extends MedicalSpan {
  readonly name: string;
}

/** A drug, with what the text says of its dose. */
export interface MedicalDrug extends MedicalSpan, FindingContext {
  readonly name: string;
  readonly dose: string;
  readonly frequency?: string;
}

/** A laboratory value or vital sign. `abnormal` only where the text gives a range or a mark. */
export interface MedicalValue extends MedicalSpan {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
  readonly low?: number;
  readonly high?: number;
  readonly abnormal?: "high" | "low" | "normal";
}

/** A problem. */
export interface MedicalProblem extends MedicalSpan, FindingContext {}

/** All that was read. */
export interface MedicalRecord {
  readonly notice: { readonly en: string; readonly zh: string };
  readonly sections: readonly MedicalSection[];
  readonly problems: readonly MedicalProblem[];
  readonly drugs: readonly MedicalDrug[];
  readonly values: readonly MedicalValue[];
}

const heading =
  /^[ \t]*((?:[A-Z][A-Z /&-]{2,40}|Chief Complaint|History of Present Illness|Past Medical History|Medications|Allergies|Family History|Social History|Physical Exam(?:ination)?|Assessment(?: and Plan)?|Plan|Impression|Labs?)(?=[ \t]*:)|【[^】\n]{2,12}】|(?:主诉|现病史|既往史|个人史|家族史|过敏史|体格检查|辅助检查|初步诊断|诊断|诊疗经过|出院医嘱|用药)(?=\s*[:：]))/gm;
const dose =
  /\b([A-Z]?[a-z]{4,20}(?:[ -](?:HCl|sodium|acid|XR|ER))?)\s+(\d+(?:\.\d+)?\s?(?:mg|mcg|µg|g|mL|ml|units?|IU|mEq)(?:\/\d*\s?(?:mL|ml|kg|day|hr))?)(?:[ ,]+((?:p\.?o\.?|iv|im|sq|by mouth|orally)?[ ,]*(?:once|twice|three times)?[ ]?(?:daily|a day|b\.?i\.?d\.?|t\.?i\.?d\.?|q\.?i\.?d\.?|q\.?\d+\s?h(?:ours|rs)?|q\.?h\.?s\.?|p\.?r\.?n\.?|every \d+ hours|at bedtime)))?/gi;
// A name holds none of the characters that verbs before it end with: 予、给、服、用、续、嘱、滴.
const chineseDose =
  /((?:(?![予给服用续嘱滴])[\u4e00-\u9fff]){2,8}?(?:片|胶囊|注射液|颗粒|缓释片|肠溶片|口服液|滴丸|素|林|平|汀|普利|沙坦|洛尔|唑|啶|酮|胍|醇))\s*(\d+(?:\.\d+)?\s?(?:mg|g|ml|mL|毫克|克|毫升|单位|U|片|粒))(?:[，, ]*((?:口服|静滴|皮下注射)?[，, ]*(?:每日|每天|一日|日)[一二三四1-4]次|每晚一次|必要时))?/g;
const notDrugs =
  /^(?:with|from|about|over|under|than|least|most|total|dose|received|given|take|takes|taking|tablet|tablets|weight|level|levels|approximately|glucose|sodium|potassium|creatinine|hemoglobin)$/i;
const names =
  "haemoglobin|hemoglobin|hgb|hb|haematocrit|hematocrit|hct|rbc|crp|esr|egfr|alp|ggt|ferritin|lactate|urea|wbc|platelets?|sodium|potassium|chloride|bicarbonate|bun|creatinine|glucose|calcium|magnesium|albumin|bilirubin|ast|alt|troponin|hba1c|a1c|inr|tsh|ldl|hdl|cholesterol|triglycerides|temperature|pulse|heart rate|respirations?|respiratory rate|oxygen saturation|spo2|weight|bmi|血红蛋白|白细胞(?:计数)?|血小板(?:计数)?|血糖|空腹血糖|肌酐|尿素氮|血钾|血钠|谷丙转氨酶|总胆固醇|甘油三酯|尿酸|体温|脉搏|心率|呼吸|糖化血红蛋白|C反应蛋白|尿素";
const value = new RegExp(
  `(?<![A-Za-z])(${names})\\s*(?:of|was|is|at|为|:|：|=)?\\s*(\\d+(?:\\.\\d+)?)(?![\\d/])\\s?(%|℃|°?[CF]\\b|次\\/分|(?:10\\^?9|×10⁹|mg|g|mmol|µmol|μmol|umol|mEq|ng|pg|U|IU|K|kg)(?:\\/(?:dL|L|mL|ml|ul|µL|m2))?|bpm|kg)?(?:\\s*[（(\\[]?(?:参考值?|参考范围|reference|ref\\.?|range|normal)?\\s*[:：]?\\s*(\\d+(?:\\.\\d+)?)\\s?[-–~～]\\s?(\\d+(?:\\.\\d+)?))?(?:[^.。\\n]{0,3}(↑|↓|\\bH\\b|\\bL\\b|偏高|偏低))?`,
  "gi",
);
const problems =
  /\b(?:hypertension|hypotension|diabetes(?: mellitus)?(?: type (?:1|2|I|II))?|asthma|copd|pneumonia|chest pain|shortness of breath|dyspnea|cough|fever|chills|nausea|vomiting|diarrhea|constipation|headaches?|dizziness|syncope|seizures?|stroke|myocardial infarction|heart failure|atrial fibrillation|coronary artery disease|anemia|depression|anxiety|cancer|carcinoma|tumou?r|metasta(?:sis|ses)|infection|sepsis|fractures?|edema|rash|abdominal pain|back pain|hyperlipidemia|hypothyroidism|renal failure|hepatitis|cirrhosis|ulcers?|bleeding|weight loss|fatigue|palpitations|pulmonary embolism|deep vein thrombosis|arthritis|obesity|sinusitis|allergic rhinitis)\b|高血压(?:病)?|低血压|糖尿病|冠心病|心绞痛|心肌梗死|心力衰竭|房颤|脑梗死|脑出血|肺炎|哮喘|慢性阻塞性肺疾病|胸痛|胸闷|气促|呼吸困难|咳嗽|咳痰|发热|寒战|恶心|呕吐|腹痛|腹泻|便秘|头痛|头晕|晕厥|乏力|水肿|皮疹|贫血|肿瘤|癌|骨折|肝炎|肝硬化|肾功能不全|消化道出血|高脂血症|抑郁|焦虑/gi;

/**
 * Reads a clinical note in English or Chinese. It names what the text says, and judges nothing: no diagnosis, no treatment.
 *
 * @example
 * const { problems, drugs, values } = readMedical("Denies fever. Metformin 500 mg twice daily. Glucose 180 mg/dL (70-110).");
 * problems.map(({ text, negated }) => [text, negated]); // [["fever", true]]
 * drugs.map(({ name, dose }) => [name, dose]); // [["Metformin", "500 mg"]]
 * values.map(({ name, value, abnormal }) => [name, value, abnormal]); // [["Glucose", 180, "high"]]
 */
export function readMedical(text: string): MedicalRecord {
  return { notice: medicalNotice, sections: sectionsOf(text), problems: problemsOf(text), drugs: drugsOf(text), values: valuesOf(text) };
}

function sectionsOf(text: string): MedicalSection[] {
  const heads = [...text.matchAll(heading)].map(({ 1: name, index }) => ({ name: name.replace(/[【】]/g, "").trim(), start: index }));
  return heads.map(({ name, start }, i) => {
    const end = heads[i + 1]?.start ?? text.length;
    return { name, start, end, text: text.slice(start, end) };
  });
}

const inFamily = (text: string, at: number): boolean => /^(?:family history|家族史)$/i.test(sectionsOf(text.slice(0, at + 1)).at(-1)?.name ?? "");

function problemsOf(text: string): MedicalProblem[] {
  return [...text.matchAll(problems)].map(({ 0: one, index: start }) => {
    const end = start + one.length;
    const context = contextOf(text, start, end);
    return { start, end, text: one, ...context, family: context.family || inFamily(text, start) };
  });
}

function drugsOf(text: string): MedicalDrug[] {
  return [...text.matchAll(dose), ...text.matchAll(chineseDose)]
    .filter(([, name]) => !notDrugs.test(name))
    .map(({ 0: one, 1: name, 2: amount, 3: frequency, index: start }) => {
      const often = frequency?.trim();
      return {
        start,
        end: start + one.length,
        text: one,
        name,
        dose: amount,
        ...(often ? { frequency: often } : {}),
        ...contextOf(text, start, start + name.length),
      };
    })
    .sort((a, b) => a.start - b.start);
}

function valuesOf(text: string): MedicalValue[] {
  return [...text.matchAll(value)].map(({ 0: whole, 1: name, 2: number, 3: unit, 4: least, 5: most, 6: mark, index: start }) => {
    const found = Number(number);
    const [low, high] = [least === undefined ? undefined : Number(least), most === undefined ? undefined : Number(most)];
    const marked = mark === undefined ? undefined : /↑|H|偏高/i.test(mark) ? ("high" as const) : ("low" as const);
    const ranged =
      low === undefined || high === undefined ? undefined : found > high ? ("high" as const) : found < low ? ("low" as const) : ("normal" as const);
    const abnormal = ranged ?? marked;
    const one = whole.trimEnd();
    return {
      start,
      end: start + one.length,
      text: one,
      name,
      value: found,
      ...(unit ? { unit } : {}),
      ...(low === undefined ? {} : { low, high }),
      ...(abnormal === undefined ? {} : { abnormal }),
    };
  });
}
