// Chat templates as hostile input: a budget of time and size, no way to JavaScript or to files, errors that name the place; and what ordinary ones give.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InkstoneError } from "#core";
import { LanguageModel } from "#generate";
import { ChatTemplate, templateLimits } from "#text";
import { writeTinyLlama } from "../support/gguf-writer.ts";

const hello = [{ role: "user", content: "Hello" }];
const render = (source: string, messages = hello) => new ChatTemplate(source).render(messages);

function failure(work: () => unknown): InkstoneError {
  try {
    work();
  } catch (error) {
    expect(error).toMatchObject({ name: "InkstoneError", exit: 65, status: 400 });
    const { message } = error as InkstoneError;
    expect(message.length).toBeLessThanOrEqual(512);
    expect(message).not.toMatch(/[\p{Cc}]|node_modules|file:\/\/|\.js:/u);
    return error as InkstoneError;
  }
  throw new Error("it went through");
}
const code = (source: string, messages = hello) => failure(() => render(source, messages)).code;

describe("J01, J02: a template's budget", () => {
  it.each([
    ["three nested loops", "{% for a in range(999) %}{% for b in range(999) %}{% for c in range(999) %}{{ a }}{% endfor %}{% endfor %}{% endfor %}"],
    ["an endless range", "{% for a in range(1000000000) %}x{% endfor %}"],
    ["a range of a power", "{{ range(10**9) }}"],
    ["a text times a billion", "{{ 'x' * 1000000000 }}"],
    ["a text times a power", "{{ 'x' * 10**9 }}"],
    ["a list times a billion", "{{ [1] * 1000000000 }}"],
    ["a macro that calls itself", "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}"],
    ["a macro that calls itself twice", "{% macro f(x) %}{{ f(x) }}{{ f(x) }}{% endmacro %}{{ f(1) }}"],
    ["macros that call each other", "{% macro f(x) %}{{ g(x) }}{% endmacro %}{% macro g(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}"],
    ["a text that doubles", "{% set ns = namespace(a='ab') %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a }}"],
    ["a text that doubles by ~", "{% set ns = namespace(a='ab') %}{% for i in range(60) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}"],
    ["a list that doubles", "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}"],
    [
      "a list that holds itself many times",
      "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}",
    ],
    ["the same as JSON", "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a | tojson }}"],
    ["the same as text", "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a ~ '' }}"],
    ["an object that holds itself", "{% set ns = namespace(a=1) %}{% set ns.a = ns %}{{ ns | tojson }}"],
    [
      "a replacement that multiplies",
      "{% set ns = namespace(a='aaaaaaaa') %}{% for i in range(40) %}{% set ns.a = ns.a.replace('a', 'aaaaaaaa') %}{% endfor %}",
    ],
    [
      "a replacement filter that multiplies",
      "{% set ns = namespace(a='aaaaaaaa') %}{% for i in range(40) %}{% set ns.a = ns.a | replace('', 'aaaaaaaa') %}{% endfor %}",
    ],
    ["a join that multiplies", "{% set ns = namespace(a='ab') %}{% for i in range(60) %}{% set ns.a = ns.a | join(ns.a) %}{% endfor %}"],
    ["an indent without end", "{{ 'a\\nb' | indent(1000000000) }}"],
    ["an indent of JSON without end", "{{ [[1]] | tojson(indent=1000000000) }}"],
    [
      "output without end",
      "{% for i in range(4000) %}{{ messages[0].content * 1 }}{{ 'x' }}{% endfor %}".replace("{{ messages[0].content * 1 }}", "x".repeat(4000)),
    ],
    ["pieces without end", `{% set a = ${JSON.stringify("a ".repeat(20_000))} %}{% for i in range(200) %}{% set b = a.split(' ') %}{% endfor %}`],
    ["sorting without end", "{% set a = range(90000) %}{% for i in range(90) %}{% set b = a | sort %}{% endfor %}"],
    [
      "searching without end",
      "{% set ns = namespace(a='ab') %}{% for i in range(18) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}{% for i in range(999) %}{{ (ns.a ~ 'c') in (ns.a ~ ns.a) }}{% endfor %}",
    ],
    [
      "blocks that capture without end",
      "{% set x %}a{% endset %}".repeat(20) +
        "{% for i in range(4900) %}{% set x %}{{ x }}{{ x }}{% endset %}{{ x }}{% endfor %}".replace(
          "{{ x }}{% endfor %}",
          "{% set y = x ~ x %}{% endfor %}",
        ),
    ],
  ])("%s is refused", (_, source) => {
    expect(code(source)).toBe("E_TEMPLATE_BUDGET");
  });

  it("names the limit, and is of the type template_budget_exceeded", () => {
    const error = failure(() => render("{% for a in range(999) %}{% for b in range(999) %}{{ a }}{% endfor %}{% endfor %}"));
    expect([error.type, error.message]).toEqual([
      "template_budget_exceeded",
      `The chat template exceeds its budget: too many steps, at most ${templateLimits.steps}.`,
    ]);
  });

  it("a long source, deep blocks and deep expressions are refused at load or at use", () => {
    expect(failure(() => new ChatTemplate("{% if 1 %}".repeat(1_000_000))).parameters).toMatchObject({ limit: templateLimits.sourceBytes });
    const deep = [
      "{%if 1%}".repeat(3500) + "{%endif%}".repeat(3500),
      `{{ ${"(".repeat(30_000)}1${")".repeat(30_000)} }}`,
      `{{ ${"[".repeat(30_000)} }}`,
      `{{ ${"not ".repeat(16_000)}1 }}`,
      `{{ 1${"+1".repeat(30_000)} }}`,
      `{{ 'a'${"|trim".repeat(13_000)} }}`,
      `{{ a${".b".repeat(30_000)} }}`,
    ];
    for (const source of deep) expect(["E_TEMPLATE_SYNTAX", "E_TEMPLATE_BUDGET"]).toContain(code(source));
  });

  it("white space in long rows, which readers go through again and again, is refused by place", () => {
    expect(failure(() => new ChatTemplate(`ab\nc${" ".repeat(60_000)}{{ 1 }}`)).parameters).toMatchObject({ position: "2:2" });
  });

  it("a long chat on an ordinary template is no reason to refuse it", () => {
    const messages = Array.from({ length: 1000 }, (_, i) => ({ role: i % 2 ? "assistant" : "user", content: "word ".repeat(200) }));
    const source =
      "{% for m in messages %}{% if m.role == 'user' %}U: {{ m.content | trim }}{% else %}A: {{ m['content'].strip() }}{% endif %}{% endfor %}";
    expect(render(source, messages).length).toBe(1000 * (3 + 999));
  });

  it("any template made of its own words ends, with a text or a typed error", () => {
    const atom = fc.constantFrom(
      "messages",
      "m.content",
      "'a'",
      "''",
      "3",
      "-1",
      "99999",
      "[]",
      "{}",
      "none",
      "true",
      "ns",
      "ns.a",
      "x",
      "loop.index",
      "f",
    );
    const { expression } = fc.letrec<{ expression: string }>((tie) => ({
      expression: fc.oneof(
        { maxDepth: 4, depthSize: "small" },
        atom,
        fc
          .tuple(tie("expression"), fc.constantFrom("+", "~", "*", "in", "==", "and", "**", "%"), tie("expression"))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        fc
          .tuple(
            tie("expression"),
            fc.constantFrom("trim", "tojson", "list", "sort", "join", "length", "upper", "items", "reverse", "unique", "indent", "string"),
          )
          .map(([a, filter]) => `(${a})|${filter}`),
        fc
          .tuple(tie("expression"), fc.constantFrom("split", "replace", "strip", "join", "items", "get", "append", "constructor"), tie("expression"))
          .map(([a, name, b]) => `(${a}).${name}(${b}, ${b})`),
        fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `(${a})[${b}:]`),
        fc.tuple(fc.constantFrom("range", "f", "namespace", "strftime_now"), tie("expression")).map(([name, a]) => `${name}(${a})`),
        fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `[${a}, ${b}]`),
      ),
    }));
    const statement = fc.oneof(
      expression.map((one) => `{{ ${one} }}`),
      expression.map((one) => `{% set x = ${one} %}`),
      expression.map((one) => `{% set ns.a = ${one} %}`),
      fc.tuple(expression, expression).map(([a, b]) => `{% for m in ${a} %}{% set ns.a = ${b} %}{{ m }}{% endfor %}`),
      fc.tuple(expression, expression).map(([a, b]) => `{% macro f(x) %}{{ ${a} }}{% endmacro %}{{ f(${b}) }}`),
    );
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 6 }), (parts) => {
        try {
          const out = new ChatTemplate(`{% set ns = namespace(a='b') %}${parts.join("")}`).render([{ role: "user", content: "word ".repeat(500) }]);
          expect(out.length).toBeLessThanOrEqual(templateLimits.output);
        } catch (error) {
          expect(error).toMatchObject({ name: "InkstoneError", status: 400 });
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("J03: nothing leads out of a template", () => {
  it.each([
    "{{ ''.__class__.__mro__ }}",
    "{{ ''['__class__'] }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ constructor.constructor('return process')() }}",
    "{{ ''.constructor.constructor('globalThis.escaped = 1')() }}",
    "{{ messages.constructor('x')() }}",
    "{{ messages[0].constructor }}",
    "{{ range.constructor('globalThis.escaped = 1')() }}",
    "{{ (range | string) }}",
    "{{ raise_exception.call }}",
    "{{ namespace.prototype }}",
    "{{ messages.__proto__.polluted }}",
    "{% set messages[0].__proto__ = {'escaped': 1} %}",
    "{% set ns = namespace() %}{% set ns.__proto__ = messages %}{% set ns.constructor = 'x' %}{{ ns.toString() }}",
    "{{ {'__proto__': {'escaped': 1}}.escaped }}",
    "{{ process.env }}",
    "{{ globalThis }}",
    "{{ require('child_process').execSync('id') }}",
    "{{ import('fs') }}",
    "{{ self }}",
    "{{ lipsum.__globals__ }}",
    "{{ joiner }}",
    "{{ messages | map('constructor') }}",
    "{{ messages | map(attribute='__proto__') | list }}",
    "{{ messages | selectattr('__proto__') | list }}",
    "{{ 'a'.__defineGetter__ }}",
    "{{ [].flatMap }}",
  ])("%s gives nothing, or an error", (source) => {
    let out = "";
    try {
      out = render(source);
    } catch (error) {
      expect(error).toMatchObject({ name: "InkstoneError", status: 400 });
    }
    expect(out).not.toMatch(/function|\[native|object Object|HOME|PATH|uid=/);
    expect("escaped" in globalThis || "escaped" in {} || "polluted" in []).toBe(false);
  });

  it("messages come back as they were, whatever a template does to them", () => {
    const messages = [Object.freeze({ role: "user", content: "Hello" })];
    for (const source of [
      "{% set messages = [] %}",
      "{% set m = messages[0] %}{% set m.content = 'x' %}",
      "{{ messages.append(1) }}",
      "{{ messages[0].update({'content': 'x'}) }}",
    ]) {
      try {
        render(source, messages);
      } catch (error) {
        expect(error).toMatchObject({ name: "InkstoneError" });
      }
      expect(messages).toEqual(hello);
    }
  });
});

describe("J05: other files", () => {
  it.each([
    "{% include '/etc/passwd' %}",
    "{% import 'a' as b %}",
    "{% from 'a' import b %}",
    "{% extends 'base' %}",
    "{% block a %}{% endblock %}",
    "{% autoescape true %}{% endautoescape %}",
    "{% do x %}",
  ])("%s is refused when the template is read", (source) => {
    expect(failure(() => new ChatTemplate(`line\n${source}`))).toMatchObject({ code: "E_TEMPLATE_SYNTAX", parameters: { position: "2:1" } });
  });
});

describe("J06: raise_exception", () => {
  it("gives its words escaped and cut", () => {
    const error = failure(() =>
      render(`{{ raise_exception('\u001b[31m\u202e\nSystem role not supported' + messages[0].content) }}`, [
        { role: "user", content: "x".repeat(1 << 20) },
      ]),
    );
    expect(error.code).toBe("E_TEMPLATE_REFUSED");
    expect(error.message).toContain("\\u001b[31m\\u202e\\u000aSystem role not supportedxxx");
    expect(
      failure(() => render(`{{ raise_exception(messages[0].content) }}`, [{ role: "user", content: "\u001b".repeat(1 << 20) }])).message,
    ).toMatch(/(\\u001b){50}/);
    expect(failure(() => render(`{{ raise_exception(messages[0].content) }}`, [{ role: "user", content: "😀".repeat(1 << 18) }])).code).toBe(
      "E_TEMPLATE_REFUSED",
    );
  });

  it("may be given anything or nothing", () => {
    for (const given of ["", "1", "messages", "none", "range", "{'a': 1}", "namespace()"])
      expect(code(`{{ raise_exception(${given}) }}`)).toBe("E_TEMPLATE_REFUSED");
    expect(render("{% if messages | length > 1 %}{{ raise_exception('no') }}{% endif %}ok")).toBe("ok");
  });
});

describe("J07: a syntax error", () => {
  it.each([
    ["{% if x %}", "1:11"],
    ["a\nb {{ x", "2:3"],
    ["{{ }}", "1:1"],
    ["\n\n  {% for %}{% endfor %}", "3:3"],
    ["{% endfor %}", "1:1"],
    ["{% if a %}\n{% else %}\n{% for b in c %}\n{% endif %}", "4:1"],
    ["{{ 'a }}' }} {{ ) }}", "1:14"],
    ["{# a {{ #} {% wrong %}", "1:12"],
    ["{{ a b }}", "1:1"],
    ["{% set = 1 %}", "1:1"],
    ["{{ 'open }}", "1:1"],
  ])("in %j is told at %s when the template is read", (source, position) => {
    expect(failure(() => new ChatTemplate(source))).toMatchObject({ code: "E_TEMPLATE_SYNTAX", parameters: { position } });
  });

  it("costs the model its chats only: a text is still continued", async () => {
    const folder = await mkdtemp(join(tmpdir(), "inkstone-template-"));
    const path = writeTinyLlama(join(folder, "broken.gguf"), { metadata: { "tokenizer.chat_template": { type: "string", value: "a\n{% if %}" } } });
    const model = await LanguageModel.open(path);
    try {
      await expect(model.generate(hello as [{ role: "user"; content: string }])).rejects.toMatchObject({
        code: "E_TEMPLATE_SYNTAX",
        parameters: { position: "2:1" },
      });
      expect(await model.generate("Hello", { maxTokens: 2 })).toMatchObject({ promptTokens: 1 });
    } finally {
      await model.close();
      await rm(folder, { recursive: true });
    }
  });

  it("in any source has a place inside that source", () => {
    const source = fc.array(
      fc.constantFrom(
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "'",
        '"',
        " if ",
        " for ",
        " in ",
        "endif",
        "endfor",
        "x",
        "\n",
        "(",
        ")",
        "[",
        "|",
        "-",
        "\\",
        "1",
      ),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(
        source.map((parts) => parts.join("")),
        (text) => {
          try {
            new ChatTemplate(text);
          } catch (error) {
            const { code: found, parameters } = error as InkstoneError<"E_TEMPLATE_SYNTAX">;
            expect(found).toBe("E_TEMPLATE_SYNTAX");
            const [line, column] = parameters.position.split(":").map(Number);
            expect(column - 1).toBeLessThanOrEqual(text.split("\n")[line - 1].length);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("J08: what people write", () => {
  it.each(["{{ 7*7 }}", "{% for %}", "{# gone #}", "{{ raise_exception('x') }}", "a\u0000b", "\ud800", "'\"\\n{{", "{%- endraw -%}"])(
    "%j is text",
    (content) => {
      expect(render("<{{ messages[0].content }}>", [{ role: "user", content }])).toBe(`<${content}>`);
      expect(render("{% for m in messages %}{{ m['role'] + m['content'] }}{% endfor %}", [{ role: content, content }])).toBe(content + content);
    },
  );
});

describe("an ordinary template", () => {
  it("knows messages, the generation prompt, bos and eos, the date, and Python's ranges and constants", () => {
    const template = new ChatTemplate(
      "{{ bos_token }}{% for m in messages %}{{ loop.index0 }}{{ m.role }}{% endfor %}{{ eos_token }}{% if add_generation_prompt %}>{% endif %}{% if tools is none and not documents %}!{% endif %}{{ True }}{{ None is none }}",
    );
    expect(template.render(hello, { bosToken: "<s>", eosToken: "</s>" })).toBe("<s>0user</s>>!truetrue");
    expect(template.render(hello, { addGenerationPrompt: false })).toBe("0user!truetrue");
    expect(new ChatTemplate("{{ strftime_now('%d %b %Y %H:%M:%S %I %p %A %% %Q') }}").render(hello, { now: new Date(2024, 6, 4, 15, 5, 9) })).toBe(
      "04 Jul 2024 15:05:09 03 PM Thursday % %Q",
    );
    expect(render("{{ range(3) | list }}{{ range(1, 7, 2) | list }}{{ range(3, 0, -1) | list }}{{ range(3, 0) | list }}")).toBe(
      "[0, 1, 2][1, 3, 5][3, 2, 1][]",
    );
  });

  it.each([
    [
      "Llama 2's shape",
      "{% for message in messages %}{% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + message['content'].strip() + ' [/INST]' }}{% endif %}{% endfor %}",
      "[INST] Hello [/INST]",
    ],
    ["white-space control", "{%- for m in messages -%}\n  [{{- m.content -}}]\n{%- endfor -%}\n", "[Hello]"],
    ["blocks on their own lines", "{% for m in messages %}\n  {% if true %}\nx\n  {% endif %}\n{% endfor %}\n", "x\n"],
    ["macros and defaults", "{% macro f(a, b='!') %}{{ a }}{{ b }}{% endmacro %}{{ f(messages[0].content) }}{{ x | default('d') }}", "Hello!d"],
    ["namespaces over loops", "{% set ns = namespace(n=0) %}{% for i in range(3) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "3"],
    [
      "selection and tests",
      "{{ (messages | selectattr('role', 'equalto', 'user') | list | length) }}{{ 'a' in 'abc' }}{{ 1 if false else 2 }}",
      "1true2",
    ],
  ])("%s", (_, source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it.each([
    ["{{ '\\n\\n  x '.lstrip('\\n') }}|", "  x |"],
    ["{{ -1 % 3 }} {{ 7 % -3 }} {{ 7 % 3 }} {{ -6 % 3 }}", "2 -2 1 0"],
    ["{{ '1' == 1 }} {{ [] == false }} {{ '' != 0 }} {{ 1 == 1.0 }} {{ 'a' == 'a' }}", "false false true true true"],
    ["{{ 'hELLO wORLD' | capitalize }}", "Hello world"],
    ["{{ 'xxaxx'.strip('x') }}{{ 'abcab'.rstrip('ab') }}{{ '墨砚墨'.strip('墨') }}|{{ '  a '.strip() }}|{{ 'aaa'.strip('a') }}|", "aabc砚|a||"],
    [
      "{% set l = [{'a': 1}, {'b': 2}] %}{{ l | selectattr('a', 'undefined') | list | length }}{{ l | selectattr('a', 'defined') | map(attribute='a') | first }}{{ l | rejectattr('a', 'defined') | map(attribute='b') | first }}",
      "112",
    ],
  ])("as Python has it: %s", (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it("a long chat whose template asks for its length at each message is rendered", () => {
    const many = Array.from({ length: 1500 }, (_, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content: "Hi" }) as const);
    const source = "{% for m in messages %}{{ m.role }}{% if loop.index0 == messages | length - 1 %}!{% endif %}{% endfor %}";
    expect(new ChatTemplate(source).render(many).endsWith("!")).toBe(true);
  });

  it("gives the same text each time, and one rendering spends nothing of the next one's budget", () => {
    const template = new ChatTemplate("{% for i in range(4000) %}{% endfor %}{{ messages[0].content }}");
    for (let i = 0; i < 5; i++) expect(template.render(hello)).toBe("Hello");
  });
});
