// A generator as a language model of the AI SDK. Knows no files.
import type { GenerateResult, TextGenerator } from "../generate/index.ts";
import { askedOf } from "./call.ts";
import type { CallOptions, Content, FinishReason, GenerateAnswer, SdkLanguageModel, Specification, StreamPart, Usage } from "./types.ts";

/** Who these models are to the SDK. */
export const PROVIDER = "inkstone";

const unified: Readonly<Record<GenerateResult["finishReason"], FinishReason["unified"]>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  cancelled: "other",
};
const finishOf = ({ finishReason }: GenerateResult): FinishReason => ({ unified: unified[finishReason], raw: finishReason });
const usageOf = ({ promptTokens, cachedPromptTokens, completionTokens }: GenerateResult): Usage => ({
  inputTokens: { total: promptTokens, noCache: promptTokens - cachedPromptTokens, cacheRead: cachedPromptTokens, cacheWrite: undefined },
  outputTokens: { total: completionTokens, text: undefined, reasoning: undefined },
});

/**
 * A language model of the AI SDK over a generator that is opened when it is first used.
 *
 * @example
 * const model = await LanguageModel.open("model.gguf");
 * const sdk = sdkLanguageModel("tiny", async () => model, "v3");
 * const { content } = await sdk.doGenerate({ prompt: [{ role: "user", content: [{ type: "text", text: "Hi" }] }], maxOutputTokens: 2 });
 * content[0].type; // "text"
 * await model.close();
 */
export function sdkLanguageModel<Version extends Specification>(
  modelId: string,
  open: () => Promise<TextGenerator>,
  specificationVersion: Version,
): SdkLanguageModel<Version> {
  return {
    specificationVersion,
    provider: PROVIDER,
    modelId,
    supportedUrls: {},
    async doGenerate(call) {
      const { messages, options, warnings } = askedOf(call);
      const result = await (await open()).generate(messages, options);
      options.signal?.throwIfAborted();
      return { ...answerOf(result), warnings, response: { modelId } };
    },
    async doStream(call) {
      const parts = partsOf(await open(), call, modelId);
      return {
        stream: new ReadableStream<StreamPart>({
          async pull(controller) {
            const { done, value } = await parts.next();
            if (done) controller.close();
            else controller.enqueue(value);
          },
          async cancel() {
            await parts.return(undefined);
          },
        }),
      };
    },
  };
}

function answerOf(result: GenerateResult): Pick<GenerateAnswer, "content" | "finishReason" | "usage"> {
  const { text, toolCalls = [] } = result;
  const calls = toolCalls.map((call): Content => ({ type: "tool-call", toolCallId: call.id, toolName: call.name, input: call.arguments }));
  const shown: Content[] = text === "" || (calls.length > 0 && text.trim() === "") ? [] : [{ type: "text", text }];
  return { content: [...shown, ...calls], finishReason: finishOf(result), usage: usageOf(result) };
}

// What fails once the stream has begun is a part of it.
async function* partsOf(generator: TextGenerator, call: CallOptions, modelId: string): AsyncGenerator<StreamPart, undefined> {
  const { messages, options, warnings } = askedOf(call);
  yield { type: "stream-start", warnings };
  yield { type: "response-metadata", modelId };
  let inText = false;
  const begun: string[] = [];
  try {
    for await (const { text, toolCalls = [], result } of generator.stream(messages, options)) {
      if (text !== "") {
        if (!inText) yield { type: "text-start", id: "0" };
        inText = true;
        yield { type: "text-delta", id: "0", delta: text };
      }
      for (const { index, id = "", name = "", arguments: more } of toolCalls) {
        if (begun[index] === undefined) {
          begun[index] = id;
          yield { type: "tool-input-start", id, toolName: name };
        }
        if (more !== "") yield { type: "tool-input-delta", id: begun[index], delta: more };
      }
      if (result === undefined) continue;
      options.signal?.throwIfAborted();
      if (inText) yield { type: "text-end", id: "0" };
      for (const { id, name, arguments: input } of result.toolCalls ?? []) {
        yield { type: "tool-input-end", id };
        yield { type: "tool-call", toolCallId: id, toolName: name, input };
      }
      yield { type: "finish", usage: usageOf(result), finishReason: finishOf(result) };
    }
  } catch (error) {
    yield { type: "error", error };
  }
}
