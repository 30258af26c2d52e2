// One reader of options: what it refuses, what it says, and which name it takes to be meant.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  aFlag,
  aNumber,
  checkOption,
  either,
  InkstoneError,
  knownOptions,
  listOf,
  meant,
  oneOf,
  orNull,
  type Rules,
  readOptions,
  whole,
} from "#core";

interface Options {
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly returnSequences?: boolean;
  readonly monitor?: string | null;
}
const rules: Rules<Options> = {
  batchSize: whole(1),
  learningRate: aNumber({ above: 0, to: 1 }),
  returnSequences: aFlag,
  monitor: orNull(oneOf(["loss", "val_loss"])),
};
const refusal = (given: unknown): InkstoneError => {
  try {
    readOptions("fit", given as Options, rules);
  } catch (error) {
    if (error instanceof InkstoneError) return error;
  }
  throw new Error("it was taken");
};

describe("options", () => {
  it("that are right come back as they are, and none are an empty object", () => {
    const given = { batchSize: 3, monitor: null, learningRate: undefined };
    expect(readOptions("fit", given, rules)).toBe(given);
    expect(readOptions("fit", undefined, rules)).toEqual({});
  });

  it.each([
    ["batch_size", "batchSize"],
    ["BatchSize", "batchSize"],
    ["lr", "learningRate"],
    ["learning_rate", "learningRate"],
    ["return_sequence", "returnSequences"],
    ["bachSize", "batchSize"],
    ["rate", "learningRate"],
    ["learn_rate", "learningRate"],
  ])("%s is refused, and %s is said to be meant", (wrong, right) => {
    const error = refusal({ [wrong]: 1 });
    expect(error).toMatchObject({ code: "E_OPTION_UNKNOWN", parameters: { of: "fit", option: wrong, nearest: right } });
    expect(error.message).toBe(`fit has no option "${wrong}". Did you mean "${right}"?`);
    expect(error.describe("zh").message).toBe(`fit 没有选项“${wrong}”。您是指“${right}”吗？`);
  });

  it("that resemble none are refused with all that there are", () => {
    expect(refusal({ zebra: 1 }).message).toBe('fit has no option "zebra". There is: batchSize, learningRate, returnSequences, monitor.');
  });

  it.each([
    [{ batchSize: 1.5 }, "whole numbers from 1", "不小于 1 的整数"],
    [{ batchSize: "8" }, "whole numbers from 1", "不小于 1 的整数"],
    [{ learningRate: 0 }, "numbers above 0 to 1", "大于 0且不大于 1的数"],
    [{ learningRate: Number.NaN }, "numbers above 0 to 1", "大于 0且不大于 1的数"],
    [{ returnSequences: 1 }, "true, false", "true, false"],
    [{ monitor: "accuracy" }, "loss, val_loss; or null", "loss、val_loss；或 null"],
  ])("%o is of a wrong kind: allowed is %s", (given, en, zh) => {
    const error = refusal(given);
    expect(error.code).toBe("E_OPTION");
    expect(error.message).toContain(`allowed: ${en}.`);
    expect(error.describe("zh").message.replaceAll(" ", "")).toContain(`允许：${zh}`.replaceAll(" ", ""));
  });

  it.each([[null], [0.5], [[]], ["adam"]])("%o is no object of options", (given) => {
    expect(refusal(given)).toMatchObject({ code: "E_OPTION", parameters: { option: "options" } });
  });

  it("names of prototypes are no options", () => {
    for (const option of ["constructor", "toString", "hasOwnProperty"]) expect(refusal({ [option]: 1 }).code).toBe("E_OPTION_UNKNOWN");
    expect(() => knownOptions("Dense", JSON.parse('{ "__proto__": 1 }'), ["units"])).toThrowError(/__proto__/);
  });

  it("lists and alternatives hold each element", () => {
    expect(() => checkOption("x", [1, 2], listOf(whole(1)))).not.toThrow();
    expect(() => checkOption("x", [1, 0], listOf(whole(1)))).toThrowError(/a list of whole numbers from 1/);
    expect(() => checkOption("x", [], listOf(whole(1), 1))).toThrowError(/at least 1/);
    expect(either(whole(1), aFlag).holds(false)).toBe(true);
  });

  it("a name that is known is always the one that is meant, however it is written", () => {
    const known = ["units", "activation", "useBias", "kernelInitializer", "returnSequences"];
    const written = (name: string, by: number) =>
      [name.toUpperCase(), name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), name.replace(/[A-Z]/g, (c) => `-${c}`)][by];
    fc.assert(fc.property(fc.constantFrom(...known), fc.nat(2), (name, by) => meant(written(name, by), known) === name));
  });
});
