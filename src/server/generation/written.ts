// One answer as it is written: its text piece by piece and its end, for the shapes that know one answer only. Knows no fields.
import type { GenerateOptions, GenerateResult, Message, StreamPiece } from "../../generate/index.ts";
import type { Seat } from "./seat.ts";
import { parted, thoughtReaders } from "./thoughts.ts";

/** What is asked for. */
export interface OneAsked {
  readonly prompt: string | readonly Message[];
  readonly options: GenerateOptions;
}

/** A result whose text is the answer alone. */
export interface WrittenResult extends GenerateResult {
  /** What was thought before it; empty: nothing. */
  readonly thought: string;
}

/** The whole answer, counted. */
export function wholeAnswer(seat: Seat<"chat">, { prompt, options }: OneAsked): Promise<WrittenResult> {
  return seat.whole(async (generator, signal) => {
    const readers = await thoughtReaders(generator, prompt, options);
    const result = seat.finished(await generator.generate(prompt, { ...seat.owned(options), signal }));
    await seat.count(result.promptTokens, result.completionTokens);
    return { ...result, ...parted(result.text, readers?.()) };
  });
}

/** A piece of it: a piece of the thought before it, text, and how its calls of tools have grown. */
export type WrittenPiece = Pick<StreamPiece, "text" | "toolCalls"> & { readonly thought: string };

/** The answer as it comes; returns the result, counted. Everything is given back at its end. */
export async function* writtenAnswer(seat: Seat<"chat">, { prompt, options }: OneAsked): AsyncGenerator<WrittenPiece, WrittenResult> {
  try {
    const generator = await seat.take();
    const reader = (await thoughtReaders(generator, prompt, options))?.();
    const all = { thought: "", text: "" };
    const told = (
      { thought, text }: { readonly thought: string; readonly text: string },
      { toolCalls }: Pick<StreamPiece, "toolCalls"> = {},
    ): WrittenPiece[] => {
      all.thought += thought;
      all.text += text;
      return thought === "" && text === "" && toolCalls === undefined ? [] : [{ thought, text, ...(toolCalls === undefined ? {} : { toolCalls }) }];
    };
    let result: GenerateResult | undefined;
    for await (const piece of generator.stream(prompt, { ...seat.owned(options), signal: seat.call.signal })) {
      yield* told(reader?.push(piece.text) ?? { thought: "", text: piece.text }, piece);
      result = piece.result ?? result;
    }
    if (reader !== undefined) yield* told(reader.end());
    const finished = seat.finished(result);
    await seat.count(finished.promptTokens, finished.completionTokens);
    return { ...finished, thought: all.thought, text: reader === undefined ? finished.text : all.text };
  } finally {
    seat.leave();
  }
}
