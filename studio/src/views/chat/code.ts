// The chat as code: what the page sends, for curl, for OpenAI's client, for the library and the terminal. Pure.
import type { ChatSettings } from "../../api/chat.ts";
import { library, openaiSample, postSamples, type Sample, terminal } from "../../kit/samples.ts";

/** The same question with the same settings. */
export function chatSamples(model: string, question: string, { system, temperature, maxTokens, topP, seed }: ChatSettings): Sample[] {
  const messages = [...(system.trim() ? [{ role: "system", content: system.trim() }] : []), { role: "user", content: question }];
  const body = { model, messages, temperature, top_p: topP, max_tokens: maxTokens, ...(seed == null ? {} : { seed }) };
  const [curl] = postSamples("/v1/chat/completions", body);
  const quoted = JSON.stringify(question);
  return [
    curl,
    openaiSample("chat.completions.create", body, "answer.choices[0].message.content"),
    library(
      `import { LanguageModel } from "inkstone";\n\nawait using model = await LanguageModel.open(${JSON.stringify(model)});\nconst { text } = await model.generate(${JSON.stringify(messages)}, { temperature: ${temperature}, topP: ${topP}, maxTokens: ${maxTokens} });\nconsole.log(text);`,
    ),
    terminal(`inkstone run ${model} ${quoted}`),
  ];
}
