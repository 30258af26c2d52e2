// The instructions of IFEval that a program checks: for each kind a text that holds to it and one that does not.
import { evaluationTask, type TaskFiles, type Writing } from "inkstone/evaluate";
import { describe, expect, it } from "vitest";

const files = (row: object): TaskFiles => ({
  rows: async () => [row as Record<string, unknown>],
  lines: async () => [],
  json: async () => undefined,
  list: async () => [],
});

async function judged(id: string, wanted: object, text: string): Promise<Readonly<Record<string, unknown>>> {
  const [question] = await evaluationTask("ifeval").load(files({ prompt: "Write.", instruction_id_list: [id], kwargs: [wanted] }));
  return (await (question.ask("") as Writing).judge(text)).values;
}

const english = "the ink is black and the paper is white, as it has always been in this old house";
const cases: readonly (readonly [string, object, string, string])[] = [
  ["keywords:existence", { keywords: ["Ink", "stone"] }, "An inkstone.", "Ink alone."],
  ["keywords:frequency", { keyword: "ink", frequency: 2, relation: "at least" }, "Ink, ink.", "Ink."],
  ["keywords:frequency", { keyword: "ink", frequency: 2, relation: "less than" }, "Ink.", "Ink, ink."],
  ["keywords:forbidden_words", { forbidden_words: ["ink"] }, "An inkstone.", "Some ink."],
  ["keywords:letter_frequency", { letter: "k", let_frequency: 2, let_relation: "at least" }, "Kick", "Ink"],
  ["language:response_language", { language: "zh" }, "墨是黑色的。", "Ink is black."],
  ["length_constraints:number_sentences", { num_sentences: 2, relation: "less than" }, "One only.", "One. Two."],
  ["length_constraints:number_paragraphs", { num_paragraphs: 2 }, "a\n***\nb", "a\n***\nb\n***\nc"],
  ["length_constraints:number_words", { num_words: 3, relation: "at least" }, "one two three", "one two"],
  ["length_constraints:nth_paragraph_first_word", { num_paragraphs: 2, nth_paragraph: 2, first_word: "ink" }, "a\n\nInk, b", "a\n\nb"],
  ["detectable_content:number_placeholders", { num_placeholders: 2 }, "[name] [date]", "[name]"],
  ["detectable_content:postscript", { postscript_marker: "P.S." }, "Yes.\nP.S. no", "Yes."],
  ["detectable_format:number_bullet_lists", { num_bullets: 2 }, "* a\n* b", "* a\n* b\n- c"],
  ["detectable_format:constrained_response", {}, "My answer is yes.", "Yes."],
  ["detectable_format:number_highlighted_sections", { num_highlights: 2 }, "*a* and **b**", "*a*"],
  ["detectable_format:multiple_sections", { section_spliter: "SECTION", num_sections: 2 }, "SECTION 1 a\nSECTION 2 b", "SECTION 1 a"],
  ["detectable_format:json_format", {}, '```json\n{"a": 1}\n```', "{a: 1}"],
  ["detectable_format:title", {}, "<<Ink>>\na", "<< >>\na"],
  ["combination:two_responses", {}, "a\n******\nb", "a\n******\na"],
  ["combination:repeat_prompt", { prompt_to_repeat: "Say ink." }, "Say ink. Ink.", "Ink."],
  ["startend:end_checker", { end_phrase: "The end." }, "A tale. The end.", "The end. Or not"],
  ["startend:quotation", {}, '"All of it."', 'A "part".'],
  ["change_case:capital_word_frequency", { capital_relation: "at least", capital_frequency: 2 }, "BLACK INK is", "BLACK ink"],
  ["change_case:english_capital", {}, english.toUpperCase(), english],
  ["change_case:english_lowercase", {}, english, english.toUpperCase()],
  ["punctuation:no_comma", {}, "No marks here.", "One, two."],
];

describe("IFEval", () => {
  it.each(cases)("%s %o", async (id, wanted, good, bad) => {
    expect((await judged(id, wanted, good)).prompt_level_strict_acc).toBe(1);
    expect((await judged(id, wanted, bad)).prompt_level_strict_acc).toBe(0);
    expect((await judged(id, wanted, "")).prompt_level_strict_acc).toBe(0);
  });

  it("forgives, where it is lenient, a first line and stars", async () => {
    const values = await judged("startend:quotation", {}, 'Sure:\n"All of it."');
    expect([values.prompt_level_strict_acc, values.prompt_level_loose_acc]).toEqual([0, 1]);
  });
});
