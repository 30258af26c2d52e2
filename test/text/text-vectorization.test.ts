// Keras's TextVectorization and pad_sequences: the examples of Keras's documentation, and what is refused.
import { describe, expect, it } from "vitest";
import { padSequences, TextVectorization, type TextVectorizationOptions } from "#text";

const code = (name: string, parameters: object = {}) => expect.objectContaining({ code: name, parameters: expect.objectContaining(parameters) });
const rowsOf = ({ rows, columns, ids }: { rows: number; columns: number; ids: Int32Array }) =>
  Array.from({ length: rows }, (_, row) => [...ids.subarray(row * columns, (row + 1) * columns)]);

describe("TextVectorization", () => {
  it("gives the ids of Keras's first example", () => {
    const layer = new TextVectorization({ maxTokens: 5000, outputSequenceLength: 4 }).adapt(["foo bar", "bar baz", "baz bada boom"]);
    expect(rowsOf(layer.call(["foo qux bar", "qux baz"]))).toEqual([
      [4, 1, 3, 0],
      [1, 2, 0, 0],
    ]);
  });

  it("gives the vocabulary of Keras's second example", () => {
    const layer = new TextVectorization({ vocabulary: ["earth", "wind", "and", "fire"] });
    expect(layer.getVocabulary()).toEqual(["", "[UNK]", "earth", "wind", "and", "fire"]);
    expect(rowsOf(layer.call(["Earth, fire & WIND!"]))).toEqual([[2, 5, 3]]);
  });

  it("keeps the most frequent tokens, special ones counted, equals in falling order", () => {
    const texts = ["a a a b b c d", "e"];
    expect(new TextVectorization({ maxTokens: 5 }).adapt(texts).getVocabulary()).toEqual(["", "[UNK]", "a", "b", "e"]);
    expect(new TextVectorization({ maxTokens: 3, outputMode: "count" }).adapt(texts).getVocabulary()).toEqual(["[UNK]", "a", "b"]);
    expect(new TextVectorization().adapt(texts).getVocabulary({ includeSpecialTokens: false })).toEqual(["a", "b", "e", "d", "c"]);
  });

  it("gives rows over the vocabulary: occurrence, counts, counts by weight; unknown tokens weigh the mean", () => {
    const texts = ["one two two", "two three"];
    const made = (outputMode: TextVectorizationOptions["outputMode"]) => new TextVectorization({ outputMode }).adapt(texts);
    expect(made("count").getVocabulary()).toEqual(["[UNK]", "two", "three", "one"]);
    expect(made("multi_hot").rows(["two two x"])).toEqual([Float64Array.of(1, 1, 0, 0)]);
    expect(made("count").rows(["two two x y"])).toEqual([Float64Array.of(2, 2, 0, 0)]);
    const [two, rare] = [Math.log(1 + 2 / 3), Math.log(1 + 2 / 2)];
    const [row] = made("tf_idf").rows(["two two one x"]);
    for (const [i, value] of [(two + 2 * rare) / 3, 2 * two, 0, rare].entries()) expect(row[i]).toBeCloseTo(value, 12);
  });

  it("pads rows to maxTokens when asked to", () => {
    const layer = new TextVectorization({ outputMode: "count", maxTokens: 6, padToMaxTokens: true }).adapt(["a"]);
    expect(layer.rows(["a b"])).toEqual([Float64Array.of(1, 1, 0, 0, 0, 0)]);
  });

  it("standardizes, splits and joins as it is told to", () => {
    const vocabularyOf = (options: TextVectorizationOptions, text: string) =>
      new TextVectorization(options).adapt([text]).getVocabulary({ includeSpecialTokens: false }).sort();
    expect(vocabularyOf({}, "It's  A-B!")).toEqual(["ab", "its"]);
    expect(vocabularyOf({ standardize: "lower" }, "A, b")).toEqual(["a,", "b"]);
    expect(vocabularyOf({ standardize: "strip_punctuation" }, "A, b")).toEqual(["A", "b"]);
    expect(vocabularyOf({ standardize: null, split: null }, "A, b")).toEqual(["A, b"]);
    expect(vocabularyOf({ split: "character" }, "好😀")).toEqual(["好", "😀"]);
    expect(vocabularyOf({ ngrams: 2 }, "a b c")).toEqual(["a", "a b", "b", "b c", "c"]);
    expect(vocabularyOf({ ngrams: [3] }, "a b c")).toEqual(["a b c"]);
    expect(vocabularyOf({ standardize: (text) => text.replace("x", "y"), split: (text) => text.split("|") }, "x|z")).toEqual(["y", "z"]);
  });

  it("is saved and read back as the same layer", () => {
    const texts = ["one two two", "two three"];
    const ids = new TextVectorization({ outputSequenceLength: 5, ngrams: 2 }).adapt(texts);
    const back = TextVectorization.fromJSON(JSON.parse(JSON.stringify(ids)));
    expect(back.call(texts)).toEqual(ids.call(texts));
    const weighed = new TextVectorization({ outputMode: "tf_idf", split: (text) => text.split(" ") }).adapt(texts);
    const again = TextVectorization.fromJSON(JSON.parse(JSON.stringify(weighed)), { split: (text) => text.split(" ") });
    expect(again.rows(["two x"])).toEqual(weighed.rows(["two x"]));
    expect(() => TextVectorization.fromJSON(JSON.parse(JSON.stringify(weighed)))).toThrow(code("E_SAVED_MODEL"));
    expect(() => TextVectorization.fromJSON({ type: "TextVectorization", formatVersion: 9 })).toThrow(code("E_SAVED_MODEL"));
  });

  it.each<[string, object]>([
    ["maxTokens", { maxTokens: 1 }],
    ["outputMode", { outputMode: "binary" }],
    ["outputSequenceLength", { outputSequenceLength: 0 }],
    ["outputSequenceLength", { outputSequenceLength: 4, outputMode: "count" }],
    ["padToMaxTokens", { padToMaxTokens: true, outputMode: "count" }],
    ["standardize", { standardize: "upper" }],
    ["split", { split: "words" }],
    ["ngrams", { ngrams: 0 }],
    ["idfWeights", { outputMode: "tf_idf", vocabulary: ["a"] }],
    ["maxTokens", { maxTokens: 2, vocabulary: ["a"] }],
  ])("refuses the option %s of %j", (option, options) => {
    expect(() => new TextVectorization(options)).toThrow(code("E_OPTION", { option }));
  });

  it("refuses texts that are none, no tokens, the wrong question, and to answer before it has a vocabulary", () => {
    expect(() => new TextVectorization().call(["a"])).toThrow(code("E_NOT_FITTED"));
    expect(() => new TextVectorization().adapt(["", " "])).toThrow(code("E_VOCABULARY"));
    expect(() => new TextVectorization().adapt(["a", 1 as unknown as string])).toThrow(code("E_TEXT_VALUE", { row: 1 }));
    expect(() => new TextVectorization().adapt(["a"]).rows(["a"])).toThrow(code("E_OPTION", { option: "outputMode" }));
    expect(() => new TextVectorization({ outputMode: "count" }).adapt(["a"]).call(["a"])).toThrow(code("E_OPTION", { option: "outputMode" }));
    expect(() => new TextVectorization({ vocabulary: ["a", "a"] })).toThrow(code("E_VOCABULARY"));
  });
});

describe("padSequences", () => {
  const sequences = [[1], [2, 3], [4, 5, 6]];

  it("gives the rows of Keras's examples", () => {
    expect(rowsOf(padSequences(sequences))).toEqual([
      [0, 0, 1],
      [0, 2, 3],
      [4, 5, 6],
    ]);
    expect(rowsOf(padSequences(sequences, { value: -1 }))).toEqual([
      [-1, -1, 1],
      [-1, 2, 3],
      [4, 5, 6],
    ]);
    expect(rowsOf(padSequences(sequences, { padding: "post" }))[0]).toEqual([1, 0, 0]);
    expect(rowsOf(padSequences(sequences, { maxlen: 2 }))).toEqual([
      [0, 1],
      [2, 3],
      [5, 6],
    ]);
    expect(rowsOf(padSequences(sequences, { maxlen: 2, truncating: "post" }))[2]).toEqual([4, 5]);
  });

  it("gives no columns for no sequences, and refuses what is no id", () => {
    expect(padSequences([])).toEqual({ rows: 0, columns: 0, ids: new Int32Array(0) });
    for (const id of [0.5, Number.NaN, 2 ** 31]) expect(() => padSequences([[0], [1, id]])).toThrow(code("E_OPTION", { option: "sequences[1][1]" }));
    expect(() => padSequences([[1]], { maxlen: -1 })).toThrow(code("E_OPTION", { option: "maxlen" }));
    expect(() => padSequences([[1]], { padding: "left" as "pre" })).toThrow(code("E_OPTION", { option: "padding" }));
  });
});
