// What an answer took, in OpenAI's shape. Knows no routes.
import type { GenerateResult } from "../../generate/index.ts";

/** Tokens of a request. */
export interface Usage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

/** Of several answers: a prompt counts once for all answers to it. */
export function sumUsage(results: readonly GenerateResult[], prompts: number = 1): Usage {
  const firsts = results.filter((_, i) => i % Math.max(1, results.length / prompts) === 0);
  const sum = (of: readonly GenerateResult[], read: (result: GenerateResult) => number) => of.reduce((total, each) => total + read(each), 0);
  const promptTokens = sum(firsts, (each) => each.promptTokens);
  const completionTokens = sum(results, (each) => each.completionTokens);
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: sum(firsts, (each) => each.cachedPromptTokens) },
  };
}

/** How fast an answer came. */
export function timingsOf({ timings }: GenerateResult): object {
  const { firstTokenMs, prefillTokensPerSecond, decodeTokensPerSecond } = timings;
  return { first_token_ms: firstTokenMs, prefill_tokens_per_second: prefillTokensPerSecond, decode_tokens_per_second: decodeTokensPerSecond };
}
