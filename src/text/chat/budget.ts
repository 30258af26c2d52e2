// A template's budget: what it may spend, and the bill so far. Knows no template language.
import { InkstoneError } from "../../core/index.ts";

/** Limits of a chat template. A step is about a tenth of a microsecond of work. */
export const templateLimits = { sourceBytes: 65_536, steps: 500_000, output: 2_097_152, depth: 400, items: 100_000 } as const;

const words = {
  steps: { en: "too many steps", zh: "步骤过多" },
  output: { en: "too much text", zh: "文本过长" },
  depth: { en: "nested too deeply", zh: "嵌套过深" },
  items: { en: "too many items", zh: "项目过多" },
  sourceBytes: { en: "the template itself is too long", zh: "模板本身过长" },
} as const;

/** Throws `E_TEMPLATE_BUDGET` for one of the limits. */
export function overBudget(limit: keyof typeof templateLimits): never {
  throw new InkstoneError("E_TEMPLATE_BUDGET", { what: words[limit], limit: templateLimits[limit] });
}

/** Counts what one rendering spends. */
export class Budget {
  #steps = 0;
  #printed = 0;

  /** Spends steps; fractions round down. */
  spend(steps: number): void {
    this.#steps += Math.floor(steps);
    if (!(this.#steps <= templateLimits.steps)) overBudget("steps");
  }

  /** A text of this length is about to be made. */
  text(length: number): void {
    if (!(length <= templateLimits.output)) overBudget("output");
    this.spend(length / 256);
  }

  /** A list of this length is about to be made. */
  list(length: number): void {
    if (!(length <= templateLimits.items)) overBudget("items");
    this.spend(length);
  }

  /** Looking for one text in another: the worst that an engine's search can do. */
  search(pattern: number, text: number): void {
    this.spend((pattern * text) / 4096 + text / 256 + pattern / 16);
  }

  /** Text that a statement printed, here or into a variable. */
  print(length: number): void {
    this.#printed += length;
    if (this.#printed > 4 * templateLimits.output) overBudget("output");
  }
}
