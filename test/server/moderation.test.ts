// The moderation of the package over HTTP, as the official client asks for it.
import OpenAI from "openai";
import { expect, it } from "vitest";
import { policyModeration } from "#server";
import { serving } from "./serving.ts";

it("flags what the policy would review or remove, in both languages, and nothing else", async () => {
  await using s = await serving(undefined, { served: [policyModeration()] });
  const client = new OpenAI({ baseURL: `${s.address}/v1`, apiKey: "none", maxRetries: 0 });
  const { results, model } = await client.moderations.create({
    input: ["buy c0caine, c0ntact me on telegram", "What a lovely day.", "今天天气真好。"],
  });
  expect(model).toBe("inkstone-moderation");
  expect(results.map(({ flagged }) => flagged)).toEqual([true, false, false]);
  expect(results[0].categories).toMatchObject({ illegal: true, advertising: true });
  expect((await client.moderations.create({ input: [{ type: "text", text: "hello" }] })).results[0].flagged).toBe(false);
});
