// Express: one route that streams an answer of a model in this process, and ends it when the client leaves. npm install express inkstone
import express from "express";
import { LanguageModel } from "inkstone";

const model = await LanguageModel.open(process.env.MODEL ?? "smollm2:135m"); // once, when the program starts
const app = express();

app.post("/ask", express.json(), async (request, response) => {
  const left = new AbortController();
  response.on("close", () => left.abort());
  response.type("text/plain");
  for await (const { text } of model.stream([{ role: "user", content: String(request.body.question) }], { maxTokens: 200, signal: left.signal }))
    response.write(text);
  response.end();
});

const server = app.listen(Number(process.env.PORT ?? 3000), () => console.log("listening"));
process.once("SIGTERM", () => server.close(() => model.close()));
