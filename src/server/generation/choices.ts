// Several answers to one request, side by side: whole, or their pieces in the order in which they come. Knows no fields.
import type { GenerateOptions, GenerateResult, Message, StreamPiece, TextGenerator } from "../../generate/index.ts";

/** What is asked for. */
export interface Asked {
  readonly prompts: readonly (string | readonly Message[])[];
  readonly options: GenerateOptions;
  /** Answers to each prompt. */
  readonly n: number;
}

/** A piece of answer number `index`. */
export interface IndexedPiece {
  readonly index: number;
  readonly piece: StreamPiece;
}

// Each answer has a seed of its own; the first has the one that was given.
function* each({ prompts, options, n }: Asked): Generator<[prompt: string | readonly Message[], options: GenerateOptions]> {
  for (const prompt of prompts)
    for (let i = 0; i < n; i++)
      yield [prompt, options.seed === undefined || i === 0 ? options : { ...options, seed: (options.seed + i) % Number.MAX_SAFE_INTEGER }];
}

/** All answers, whole, in the order of prompts. Errors: the first one's; the others are then cancelled. */
export async function wholeAnswers(generator: TextGenerator, asked: Asked, signal: AbortSignal): Promise<GenerateResult[]> {
  const left = new AbortController();
  const both = AbortSignal.any([signal, left.signal]);
  try {
    return await Promise.all([...each(asked)].map(([prompt, options]) => generator.generate(prompt, { ...options, signal: both })));
  } catch (error) {
    left.abort();
    throw error;
  }
}

/** Pieces of all answers as they come. Leaving the loop cancels them. */
export async function* answerPieces(generator: TextGenerator, asked: Asked, signal: AbortSignal): AsyncGenerator<IndexedPiece> {
  const left = new AbortController();
  const both = AbortSignal.any([signal, left.signal]);
  const streams = [...each(asked)].map(([prompt, options]) => generator.stream(prompt, { ...options, signal: both })[Symbol.asyncIterator]());
  const step = (index: number) => streams[index].next().then((next) => ({ index, next }));
  const open = new Map(streams.map((_, index) => [index, step(index)]));
  for (const waiting of open.values()) waiting.catch(() => undefined);
  try {
    while (open.size > 0) {
      const { index, next } = await Promise.race(open.values());
      if (next.done) {
        open.delete(index);
        continue;
      }
      yield { index, piece: next.value };
      const following = step(index);
      following.catch(() => undefined);
      open.delete(index); // to the end of the row: each answer has its turn
      open.set(index, following);
    }
  } finally {
    left.abort();
    await Promise.allSettled(streams.map((stream) => stream.return?.()));
  }
}
