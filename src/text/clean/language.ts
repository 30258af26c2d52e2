// Which language a text is in: by eld's n-grams where that package is installed, else by its script, which is a guess and says so.
import { InkstoneError } from "../../core/index.ts";
import { loadPeer } from "../peer.ts";
import { type Script, scriptCounts } from "../segment/script.ts";
import type { CleanStep } from "./step.ts";

/** What was found. */
export interface DetectedLanguage {
  /** ISO 639-1, or "" when there is nothing to go by. */
  readonly language: string;
  /** Whether the detector trusts its answer. By script only scripts of one language are trusted. */
  readonly reliable: boolean;
}

/** Tells languages. */
export interface LanguageDetector {
  /** "eld": n-grams, 60 languages. "script": the script's most frequent language only, Latin letters are taken for English. */
  readonly engine: "eld" | "script";
  detect(text: string): DetectedLanguage;
}

/** Characters that are looked at: more do not change the answer. */
const enough = 4096;

const byScript: Readonly<Record<Script, readonly [language: string, reliable: boolean]>> = {
  Latin: ["en", false],
  Han: ["zh", true],
  Kana: ["ja", true],
  Hangul: ["ko", true],
  Cyrillic: ["ru", false],
  Arabic: ["ar", false],
  Hebrew: ["he", true],
  Greek: ["el", true],
  Devanagari: ["hi", false],
  Thai: ["th", true],
  other: ["", false],
};

const scriptDetector: LanguageDetector = {
  engine: "script",
  detect(text) {
    const counts = scriptCounts(text.slice(0, enough));
    const kana = counts.get("Kana") ?? 0;
    if (kana > 0 && kana * 4 >= (counts.get("Han") ?? 0)) counts.set("Kana", kana + (counts.get("Han") ?? 0)).delete("Han"); // Japanese is written in both
    const weight = ([script, count]: readonly [Script, number]): number => (script === "Han" ? count * 2.5 : count);
    const [first] = [...counts].sort((a, b) => weight(b) - weight(a));
    const [language, reliable] = first === undefined ? ["", false] : byScript[first[0]];
    return { language, reliable } as DetectedLanguage;
  },
};

/**
 * A language detector: `engine` "eld" (needs the package eld), "script", or by default eld where it is installed and the script where not; the detector says which it is.
 *
 * Errors: E_PACKAGE_MISSING when eld is asked for by name.
 *
 * @example
 * const detector = await openLanguageDetector({ engine: "eld" });
 * ["墨是黑色的。", "The ink is black and the paper is white."].map((text) => detector.detect(text).language); // ["zh", "en"]
 */
export async function openLanguageDetector({ engine }: { readonly engine?: "eld" | "script" } = {}): Promise<LanguageDetector> {
  if (engine === "script") return scriptDetector;
  try {
    return await eldDetector();
  } catch (error) {
    if (engine === "eld" || !(error instanceof InkstoneError)) throw error;
    return scriptDetector;
  }
}

async function eldDetector(): Promise<LanguageDetector> {
  const peer = { name: "eld", purpose: { en: "telling languages by more than their script", zh: "仅凭书写系统无法判断的语言识别" } };
  const { eld } = await loadPeer(peer, () => import("eld/small"));
  return {
    engine: "eld",
    detect(text) {
      const found = eld.detect(text.slice(0, enough));
      return { language: found.language, reliable: found.language !== "" && found.isReliable() };
    },
  };
}

/** Which languages are kept. */
export interface LanguageOptions {
  /** ISO 639-1 codes, for example ["en", "zh"]. */
  readonly keep: readonly string[];
  readonly engine?: "eld" | "script";
  /** What becomes of texts whose language cannot be told (numbers, emoji, a word or two): default kept. */
  readonly unsure?: "keep" | "drop";
}

/**
 * Drops texts in other languages than those to keep. A text counts as unsure when the detector does not trust its answer. One change a dropped text.
 * The name says how it was told: `language` by eld, `language (by script)` where that is not installed.
 *
 * Errors: E_OPTION without a language to keep; E_PACKAGE_MISSING when eld is asked for by name.
 *
 * @example
 * (await clean([language({ keep: ["zh"] })]).open())("Das ist ein ganz gewöhnlicher deutscher Satz."); // undefined
 */
export function language({ keep, engine, unsure = "keep" }: LanguageOptions): CleanStep {
  if (keep.length === 0 || !keep.every((code) => /^[a-z]{2,3}$/.test(code)))
    throw new InkstoneError("E_OPTION", { option: "keep", value: keep, allowed: { en: "one or more ISO 639 codes", zh: "一个或多个 ISO 639 代码" } });
  let name = `language:${keep.join("+")}`;
  return {
    get name() {
      return name;
    },
    open: async () => {
      const detector = await openLanguageDetector({ engine });
      if (detector.engine === "script") name = `language:${keep.join("+")} (by script)`;
      return (text) => {
        const { language: found, reliable } = detector.detect(text);
        const told = detector.engine === "script" ? found !== "" : reliable;
        const stays = keep.includes(found) || (!told && unsure === "keep");
        return { text: stays ? text : undefined, changes: stays ? 0 : 1 };
      };
    },
  };
}
