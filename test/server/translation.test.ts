// Translation over HTTP: by whatever translates, with its scores where it has them; what is wrong is refused.
import { expect, it } from "vitest";
import type { TextTranslator } from "#generate";
import { serving } from "./serving.ts";

const upper = (texts: readonly string[]) => texts.map((text) => text.toUpperCase());
const plain: TextTranslator = { information: { name: "plain" }, translate: async (texts) => upper(texts), close: async () => undefined };
const scored: TextTranslator = {
  ...plain,
  information: { name: "scored" },
  translateScored: async (texts, { to } = {}) => upper(texts).map((text) => ({ text: `${text} ${to}`, score: -0.25 })),
};
const served = [plain, scored].map((thing) => ({ kind: "translation" as const, name: thing.information.name, open: async () => thing }));

it("translates one text or several, with scores where the model has them", async () => {
  await using s = await serving(undefined, { served });
  const ask = async (body: object) => {
    const answer = await fetch(`${s.address}/v1/translate`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  };
  expect(await ask({ input: "a" })).toEqual({ status: 200, body: { object: "list", model: "plain", translations: [{ index: 0, text: "A" }] } });
  expect((await ask({ model: "scored", input: ["a", "b"], to: "pt" })).body.translations).toEqual([
    { index: 0, text: "A pt", score: -0.25 },
    { index: 1, text: "B pt", score: -0.25 },
  ]);
  expect(await ask({ input: [] })).toMatchObject({ status: 400, body: { error: { param: "input" } } });
  expect(await ask({ input: "a", into: "pt" })).toMatchObject({ status: 400, body: { error: { param: "into" } } });
  expect(await ask({ input: "a", model: "none" })).toMatchObject({ status: 404, body: { error: { param: "model" } } });
});
