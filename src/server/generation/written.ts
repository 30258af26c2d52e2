// One answer as it is written: its text piece by piece and its end, for the shapes that know one answer only. Knows no fields.
import type { GenerateOptions, GenerateResult, Message, StreamPiece } from "../../generate/index.ts";
import type { Seat } from "./seat.ts";

/** What is asked for. */
export interface OneAsked {
  readonly prompt: string | readonly Message[];
  readonly options: GenerateOptions;
}

/** The whole answer, counted. */
export function wholeAnswer(seat: Seat<"chat">, { prompt, options }: OneAsked): Promise<GenerateResult> {
  return seat.whole(async (generator, signal) => {
    const result = seat.finished(await generator.generate(prompt, { ...seat.owned(options), signal }));
    await seat.count(result.promptTokens, result.completionTokens);
    return result;
  });
}

/** A piece of it: text, and how its calls of tools have grown. */
export type WrittenPiece = Pick<StreamPiece, "text" | "toolCalls">;

/** The answer as it comes; returns the result, counted. Everything is given back at its end. */
export async function* writtenAnswer(seat: Seat<"chat">, { prompt, options }: OneAsked): AsyncGenerator<WrittenPiece, GenerateResult> {
  try {
    const generator = await seat.take();
    let result: GenerateResult | undefined;
    for await (const piece of generator.stream(prompt, { ...seat.owned(options), signal: seat.call.signal })) {
      if (piece.text !== "" || piece.toolCalls !== undefined) yield piece;
      result = piece.result ?? result;
    }
    const finished = seat.finished(result);
    await seat.count(finished.promptTokens, finished.completionTokens);
    return finished;
  } finally {
    seat.leave();
  }
}
