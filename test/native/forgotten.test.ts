// What is made and forgotten within one synchronous stretch goes there: no turn of the event loop, no word from the program. In processes of their own, which can be asked to collect.
import { describe, expect, it } from "vitest";
import { nativeStatus } from "#native";
import { finish } from "../support/processes.ts";

/** Runs a program that imports the library and prints JSON. */
async function printed(script: string): Promise<Record<string, number>> {
  const { code, stdout, stderr } = await finish(process.execPath, ["--expose-gc", "--input-type=module", "--eval", script]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout);
}

describe.runIf(nativeStatus().available)("what a synchronous stretch forgets", () => {
  it("vectorisers are freed while others are made", async () => {
    const { most, one } = await printed(`import { CountVectorizer } from "#text";
      const texts = Array.from({ length: 3000 }, (_, i) => "a short text number " + i + " of " + (i % 97) + " letters");
      const make = () => new CountVectorizer({ analyzer: "char", ngramRange: [1, 4] }).fit(texts);
      const before = process.memoryUsage().external;
      make();
      const one = process.memoryUsage().external - before;
      let most = 0;
      for (let i = 0; i < 150; i++) {
        make();
        most = Math.max(most, process.memoryUsage().external - before);
      }
      console.log(JSON.stringify({ most, one }));`);
    expect(one).toBeGreaterThan(1 << 18);
    // The engine collects after some 64 MB of others' memory; 150 of them held would be far more.
    expect(most).toBeLessThan(Math.max(60 * one, 200 << 20));
    expect(most).toBeLessThan(100 * one);
  });

  it("small tokenizers, of 4 MB each, are freed while others are opened", async () => {
    const { grown } = await printed(`import { trainTokenizer, tokenizerFromJson } from "#text";
      const { json } = await trainTokenizer(["a b c d"], { vocabularySize: 262 });
      const before = process.memoryUsage.rss();
      for (let i = 0; i < 300; i++) {
        tokenizerFromJson(Buffer.from(json)).encode("a b");
        await new Promise((turn) => setImmediate(turn));
      }
      console.log(JSON.stringify({ grown: process.memoryUsage.rss() - before }));`);
    // All 300 of them held would be 1,290 MB.
    expect(grown).toBeLessThan(600e6);
  });

  it("dense memory, lists and services are gone once collected, and what is still held is not", async () => {
    const found = await printed(`import { openExecutor, packNgrams } from "#native";
      const executor = openExecutor({ executor: "native", threads: 1 });
      const external = () => process.memoryUsage().external;
      const kept = Array.from({ length: 4 }, (_, i) => {
        const buffer = executor.allocate(1 << 20, { dense: true });
        executor.write(buffer, 0, Uint8Array.of(i + 1));
        return buffer;
      });
      const before = external();
      const forget = () => {
        for (let i = 0; i < 40; i++) {
          const x = executor.allocate(1 << 20, { dense: true });
          executor.compile([{ kernel: "fill", operands: { y: { buffer: x, offset: 0, type: "f32" } }, sizes: { n: 4, value: 1 } }]);
          executor.createService("ngrams", packNgrams({ kind: "word", range: [1, 1], shortest: 2, stopWords: [], binary: false, hashed: 0, alternateSign: false }));
        }
      };
      forget();
      gc();
      for (let i = 0; i < 20; i++) executor.free(executor.allocate(1 << 20, { dense: true }));
      const left = external() - before;
      const values = kept.map((buffer) => {
        const byte = new Uint8Array(1);
        executor.read(buffer, 0, byte);
        return byte[0];
      });
      await new Promise((turn) => setTimeout(turn));
      gc();
      await new Promise((turn) => setTimeout(turn));
      for (const buffer of kept) executor.free(buffer);
      console.log(JSON.stringify({ left, sum: values.reduce((a, b) => a + b) }));`);
    expect(found["left"]).toBeLessThan(4 << 20);
    expect(found["sum"]).toBe(10);
  });
});

describe.each(["mlp", "names"])("a plain loop (%s)", (what) => {
  it("leaves nothing behind that only a full collection finds", async () => {
    const { bytes } = await printed(`import { getHeapSpaceStatistics } from "node:v8";
      import { add, crossEntropy, matmul, tanh, tensor, zeros } from "#tensor";
      import { AdamW, SGD } from "#nn";
      const noise = (shape) => tensor(Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i) / 10), shape).requireGrad();
      const [w1, w2] = [noise([27, 32]), noise([32, 27])];
      const optimizer = ${what === "mlp" ? "new SGD" : "new AdamW"}([w1, w2], { learningRate: 0.1 });
      const step = (i) => {
        const row = new Float32Array(27);
        row[i % 27] = 1;
        let hidden = tanh(matmul(tensor(row, [1, 27]), w1));
        for (let turn = 0; turn < ${what === "mlp" ? 0 : 3}; turn++) hidden = tanh(add(hidden, matmul(tensor(row, [1, 27]), w1)));
        const loss = crossEntropy(matmul(hidden, w2), tensor(Int32Array.of((i + 1) % 27)));
        optimizer.zeroGrad();
        loss.backward();
        optimizer.step();
      };
      for (let i = 0; i < 600; i++) step(i);
      gc();
      const old = () => getHeapSpaceStatistics().filter(({ space_name: name }) => !/new/.test(name)).reduce((sum, { space_used_size: size }) => sum + size, 0);
      const before = old();
      for (let i = 0; i < 600; i++) step(i);
      console.log(JSON.stringify({ bytes: (old() - before) / 600 }));`);
    // Hidden classes that are made anew at every call were 20,000 to 34,000 bytes a step.
    expect(bytes).toBeLessThan(4000);
  });
});
