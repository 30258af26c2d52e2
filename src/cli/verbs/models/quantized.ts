// What the verbs that write GGUF files share: the line of progress and the words.
import type { QuantizeResult } from "../../../models/index.ts";
import type { Say } from "../../options.ts";
import { sizeOf } from "../../table.ts";
import { type ProgressLine, type Surroundings, shown } from "../../terminal.ts";

/** Quantises with a line of progress. */
export async function written(
  from: string,
  to: string,
  { type, threads }: { readonly type: string; readonly threads?: number | undefined },
  line: ProgressLine,
  { say, signals }: Surroundings,
): Promise<QuantizeResult> {
  const { quantizeModel } = await import("../../../models/index.ts");
  const labels = [say({ en: "Writing", zh: "正在写出" }), say({ en: "Comparing", zh: "正在核对" })];
  return quantizeModel(from, to, {
    type,
    threads,
    signal: signals.signal,
    onProgress: (done, total) => line.update(labels[done > total / 2 ? 1 : 0], done, total),
  });
}

/** What was written, in words. */
export function told(result: QuantizeResult, { say, output }: Pick<Surroundings, "say" | "output">): string {
  const { path, bytes, bytesBefore, types, parity, requantised } = result;
  const kinds = Object.entries(types)
    .map(([type, count]) => `${type} × ${count}`)
    .join(", ");
  const part = (value: number) => `${(100 * value).toPrecision(2)} %`;
  const lines = [
    say({
      en: `${shown(path, output)}: ${sizeOf(bytes)} (read: ${sizeOf(bytesBefore)})`,
      zh: `${shown(path, output)}：${sizeOf(bytes)}（输入 ${sizeOf(bytesBefore)}）`,
    }),
    kinds,
    agreement(parity, part, say),
    ...(requantised
      ? [say({ en: "Its matrices were quantised before: what was lost then stays lost.", zh: "输入的矩阵此前已量化：其损失不可恢复。" })]
      : []),
  ];
  return lines.map((each) => `${each}\n`).join("");
}

function agreement({ tensor, tensorError, logitsError }: QuantizeResult["parity"], part: (value: number) => string, say: Say): string {
  const farthest = say({
    en: `opened again: farthest tensor ${tensor}, off by ${part(tensorError)}`,
    zh: `重新打开：偏差最大的张量 ${tensor}，${part(tensorError)}`,
  });
  if (logitsError === undefined) return farthest + say({ en: "; no memory to compare logits", zh: "；内存不足，未核对 logits" });
  return farthest + say({ en: `; logits off by ${part(logitsError)}`, zh: `；logits 偏差 ${part(logitsError)}` });
}
