// Peer: llama.cpp through node-llama-cpp, several sequences of one context in one batch a step, as llama-server makes it. Prints one JSON line a request of its owner: tokens a second in all.
// Install: npm install node-llama-cpp@3.22 in a folder of its own, and give that folder.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, file, threads, most] = process.argv.slice(2);
const { getLlama, LlamaCompletion } = await import(pathToFileURL(createRequire(join(folder, "x.js")).resolve("node-llama-cpp")).href);
const llama = await getLlama({ gpu: false, build: "never", maxThreads: Number(threads), logLevel: "error" });
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({ sequences: Number(most), contextSize: 1024, threads: Number(threads), batchSize: 512 });
const completions = Array.from({ length: Number(most) }, () => new LlamaCompletion({ contextSequence: context.getSequence() }));
process.on("message", async ({ streams, tokens }) => {
  const began = performance.now();
  let made = 0;
  await Promise.all(
    completions.slice(0, streams).map((completion, i) =>
      completion.generateCompletion(`Story number ${i} begins like this:`, {
        maxTokens: tokens,
        temperature: 1,
        seed: 1,
        onToken: (found) => {
          made += found.length;
        },
      }),
    ),
  );
  process.send({ made, perSecond: (made * 1000) / (performance.now() - began) });
});
process.on("disconnect", () => process.exit(0));
process.send({ ready: true });
