// Examples of what customers say, as Rasa writes them: "[9 o'clock](time) please". Knows no files.

/** A marked part of an example: characters `start` to `end` of its text. */
export interface MarkedEntity {
  readonly entity: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** An example of an intent. */
export interface IntentExample {
  readonly intent: string;
  readonly text: string;
  readonly entities: readonly MarkedEntity[];
}

const marks = /\[([^\]\n]+)\](?:\(([^)\n]+)\)|(\{[^}\n]*\}))/g;

/**
 * The text of an example without its marks, and what they mark: `[text](entity)`, `[text](entity:value)`, `[text]{"entity": "…", "value": "…"}`.
 *
 * @example
 * parseExample("to [NYC](city:New York)", "fly"); // { intent: "fly", text: "to NYC", entities: [{ entity: "city", value: "New York", start: 3, end: 6 }] }
 */
export function parseExample(line: string, intent: string): IntentExample {
  const entities: MarkedEntity[] = [];
  let text = "";
  let at = 0;
  for (const match of line.matchAll(marks)) {
    text += line.slice(at, match.index);
    at = match.index + match[0].length;
    const said = markOf(match[2], match[3]);
    if (said !== undefined)
      entities.push({ entity: said.entity, value: said.value ?? match[1], start: text.length, end: text.length + match[1].length });
    text += said === undefined ? match[0] : match[1];
  }
  return { intent, text: text + line.slice(at), entities };
}

function markOf(plain: string | undefined, json: string | undefined): { entity: string; value?: string } | undefined {
  if (plain !== undefined) {
    const [entity, ...value] = plain.split(":");
    return value.length === 0 ? { entity } : { entity, value: value.join(":") };
  }
  try {
    const { entity, value } = JSON.parse(json!) as { entity?: unknown; value?: unknown };
    return typeof entity === "string" ? { entity, ...(value === undefined ? {} : { value: String(value) }) } : undefined;
  } catch {
    return undefined; // square brackets and braces that mean nothing here
  }
}

/** Lines of a block `- one\n- two`, without their dashes. */
export function listed(block: string): string[] {
  return block
    .split("\n")
    .map((line) => line.trim().replace(/^[-*+]\s+/, ""))
    .filter((line) => line !== "");
}
