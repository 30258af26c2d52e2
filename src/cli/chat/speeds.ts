// How fast an answer came, in words. Knows no terminal.
import { counted } from "../../core/index.ts";
import type { GenerateResult } from "../../generate/index.ts";
import type { Say } from "../options.ts";

/** What is said before an answer's figures where the limit of tokens has cut it. */
export function cutNote({ finishReason }: GenerateResult, say: Say): string {
  return finishReason === "length" ? say({ en: "cut by the limit of tokens · ", zh: "因词元上限而中断 · " }) : "";
}

/** One line on how fast an answer came, and whether it was cut. */
export function speedLine(result: GenerateResult, say: Say): string {
  const { completionTokens, timings } = result;
  const rate = timings.decodeTokensPerSecond.toFixed(1);
  const first = Math.round(timings.firstTokenMs);
  return (
    cutNote(result, say) +
    say({
      en: `${counted(completionTokens, "token")} · ${rate} tokens/s · first after ${first} ms`,
      zh: `${completionTokens} 个词元 · 每秒 ${rate} 个 · 首个 ${first} 毫秒`,
    })
  );
}

/** All that is known of it, for `--verbose`: name and value, line by line. */
export function speedRows(
  { promptTokens, cachedPromptTokens, completionTokens, finishReason, seed, timings }: GenerateResult,
  say: Say,
): [string, string][] {
  const { loadMs, firstTokenMs, prefillTokensPerSecond, decodeTokensPerSecond } = timings;
  const rate = (value: number): string => `${value.toFixed(1)} ${say({ en: "tokens/s", zh: "词元/秒" })}`;
  const count = (value: number): string => `${value} ${say({ en: "tokens", zh: "词元" })}`;
  const ms = (value: number): string => `${Math.round(value)} ${say({ en: "ms", zh: "毫秒" })}`;
  const kept =
    cachedPromptTokens === 0 ? "" : say({ en: `, ${cachedPromptTokens} of them kept from before`, zh: `，其中 ${cachedPromptTokens} 个来自缓存` });
  return [
    [say({ en: "load", zh: "加载" }), ms(loadMs)],
    [say({ en: "prompt", zh: "提示词" }), `${count(promptTokens)}${kept} · ${rate(prefillTokensPerSecond)}`],
    [say({ en: "first token", zh: "首个词元" }), ms(firstTokenMs)],
    [say({ en: "answer", zh: "回答" }), `${count(completionTokens)} · ${rate(decodeTokensPerSecond)}`],
    [say({ en: "ended by", zh: "结束原因" }), finishReason],
    [say({ en: "seed", zh: "种子" }), String(seed)],
  ];
}
