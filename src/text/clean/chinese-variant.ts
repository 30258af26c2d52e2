// Simplified and traditional Chinese, by OpenCC's tables.
import { loadPeer } from "../peer.ts";
import type { CleanStep } from "./step.ts";

/** Where traditional is written: OpenCC's standard, Taiwan, Hong Kong; "twp" also takes Taiwan's words (软件 to 軟體). */
export type TraditionalVariant = "t" | "tw" | "twp" | "hk";

const peer = { name: "opencc-js", purpose: { en: "simplified and traditional Chinese", zh: "简繁转换" } };

// Characters that became others; where the lengths differ (words were exchanged) at least one.
function changesOf(before: string, after: string): number {
  if (before === after) return 0;
  let changes = Math.abs(before.length - after.length);
  for (let i = 0; i < Math.min(before.length, after.length) && before.length === after.length; i++) if (before[i] !== after[i]) changes++;
  return Math.max(1, changes);
}

function step(name: string, load: () => Promise<(text: string) => string>): CleanStep {
  return {
    name,
    open: async () => {
      const convert = await loadPeer(peer, load);
      return (text) => {
        const result = convert(text);
        return { text: result, changes: changesOf(text, result) };
      };
    },
  };
}

/**
 * Traditional to simplified Chinese. One change a character; a text whose length changes counts the difference. Errors: E_PACKAGE_MISSING without opencc-js.
 *
 * @example
 * (await clean([simplified()]).open())("漢語與軟件"); // "汉语与软件"
 */
export function simplified(from: TraditionalVariant = "t"): CleanStep {
  return step("simplified", async () => (await import("opencc-js/t2cn")).Converter({ from, to: "cn" }));
}

/**
 * Simplified to traditional Chinese. Counts and errors as `simplified`.
 *
 * @example
 * (await clean([traditional("twp")]).open())("软件里的头发"); // "軟體裡的頭髮"
 */
export function traditional(to: TraditionalVariant = "t"): CleanStep {
  return step(to === "t" ? "traditional" : `traditional:${to}`, async () => (await import("opencc-js/cn2t")).Converter({ from: "cn", to }));
}
