// Next.js: app/api/ask/route.ts. A streamed answer of a model in the server's process. npm install inkstone
import { LanguageModel } from "inkstone";

export const runtime = "nodejs"; // the native part needs Node

// One model for the process, also when Next loads this file again while developing.
const shared = globalThis as { model?: Promise<LanguageModel> };
const opened = (): Promise<LanguageModel> => {
  shared.model ??= LanguageModel.open(process.env.MODEL ?? "smollm2:135m");
  return shared.model;
};

export async function POST(request: Request): Promise<Response> {
  const { question } = (await request.json()) as { question: string };
  const model = await opened();
  const pieces = model.stream([{ role: "user", content: question }], { maxTokens: 200, signal: request.signal });
  const bytes = new TextEncoder();
  const body = new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(bytes.encode(value.text));
    },
    cancel: async () => void (await pieces.return(undefined)), // the reader has left: the answer ends
  });
  return new Response(body, { headers: { "content-type": "text/plain; charset=utf-8" } });
}
