// inkstone mcp, asked by the official client of the protocol over a pipe.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, expect, it } from "vitest";
import { localPath } from "#hub";
import { writeTinyLlama } from "../support/tiny-llama.ts";

const folder = mkdtempSync(join(tmpdir(), "inkstone-mcp-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const minilm = await localPath("minilm");

it("serves its tools, and tells what fails in words", async () => {
  const args = [join(import.meta.dirname, "../../dist/cli/main.js"), "mcp", "--model", writeTinyLlama(join(folder, "tiny.gguf"), { tied: false })];
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, env: process.env as Record<string, string> }));
  try {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual(["classify", "embed", "generate", "rerank", "tokenize"]);
    const call = async (name: string, input: object) => {
      const { content, isError } = await client.callTool({ name, arguments: { ...input } });
      const [{ text }] = content as { text: string }[];
      return { text, isError };
    };
    expect((await call("generate", { prompt: "Hello you", maxTokens: 5 })).text.length).toBeGreaterThan(0);
    expect(JSON.parse((await call("tokenize", { text: "Hello" })).text).ids.length).toBeGreaterThan(0);
    expect(await call("classify", { texts: ["a"] })).toMatchObject({ isError: true, text: expect.stringContaining("--classifier") });
    expect((await call("generate", { prompt: "" })).isError).toBe(true);
    if (minilm !== undefined) expect(JSON.parse((await call("embed", { texts: ["ink"] })).text).embeddings[0]).toHaveLength(384);
  } finally {
    await client.close();
  }
});
