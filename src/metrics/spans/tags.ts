// Tags of words (B-PER, I-PER, O …) as entities. Knows the schemes; not what entities are good for.
import { rowError } from "../checks.ts";

/** How entities are read: seqeval's lenient reading (conlleval's), which takes whatever comes, or a scheme by the letter. */
export type TagScheme = "lenient" | "iob2" | "iobes" | "bilou";

/** An entity: its type and its words, end not included. */
export interface Entity {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

interface Tag {
  readonly prefix: string;
  readonly type: string;
}

const prefixes: { readonly [scheme in TagScheme]: RegExp } = { lenient: /^[BIES]$/, iob2: /^[BI]$/, iobes: /^[BIES]$/, bilou: /^[BILU]$/ };

/** Names of the schemes. */
export const tagSchemes: readonly string[] = Object.keys(prefixes);

const outside: Tag = { prefix: "O", type: "_" };

// "B-PER" is B and PER; a bare "B" has the type "_".
function tagsOf(what: string, row: number, tags: readonly string[], scheme: TagScheme): Tag[] {
  return tags.map((tag, i) => {
    const [, prefix, type] = /^([A-Z])(?:-([\s\S]*))?$/.exec(String(tag)) ?? [];
    if (tag === "O") return outside;
    if (prefix !== undefined && prefixes[scheme].test(prefix)) return { prefix, type: type || "_" };
    const shown = JSON.stringify(tag) ?? String(tag);
    throw rowError(what, row, { en: `${shown} is no tag of the scheme ${scheme}`, zh: `${shown} 不是 ${scheme} 方案的标签` }, `[${i}]`);
  });
}

function endsBefore(previous: Tag, tag: Tag): boolean {
  if (previous.prefix === "O") return false;
  return previous.prefix === "E" || previous.prefix === "S" || "BSO".includes(tag.prefix) || previous.type !== tag.type;
}

function startsAt(previous: Tag, tag: Tag): boolean {
  if (tag.prefix === "O") return false;
  if (tag.prefix === "B" || tag.prefix === "S") return true;
  return "ESO".includes(previous.prefix) || previous.type !== tag.type;
}

function lenientEntities(tags: readonly Tag[]): Entity[] {
  const found: Entity[] = [];
  let previous = outside;
  let start = 0;
  for (const [i, tag] of [...tags, outside].entries()) {
    if (endsBefore(previous, tag)) found.push({ type: previous.type, start, end: i });
    if (startsAt(previous, tag)) start = i;
    previous = tag;
  }
  return found;
}

// By the letter: begun by B, gone on by I of the same type; where the scheme has ends, ended by one, or a single word.
function strictEntities(tags: readonly Tag[], single: string | undefined, last: string | undefined): Entity[] {
  const found: Entity[] = [];
  for (let start = 0; start < tags.length; ) {
    const { prefix, type } = tags[start];
    let end = start + 1;
    if (prefix === "B") while (end < tags.length && tags[end].prefix === "I" && tags[end].type === type) end++;
    const ended = prefix === "B" && end < tags.length && tags[end].prefix === last && tags[end].type === type;
    if (prefix === single || ended || (prefix === "B" && last === undefined)) found.push({ type, start, end: ended ? end + 1 : end });
    start = ended ? end + 1 : end;
  }
  return found;
}

/** The entities of one sentence. Errors: `E_METRIC_ROW` for a tag that is none of the scheme. */
export function entitiesIn(what: string, row: number, sentence: readonly string[], scheme: TagScheme): Entity[] {
  const tags = tagsOf(what, row, sentence, scheme);
  if (scheme === "lenient") return lenientEntities(tags);
  return {
    iob2: () => strictEntities(tags, undefined, undefined),
    iobes: () => strictEntities(tags, "S", "E"),
    bilou: () => strictEntities(tags, "U", "L"),
  }[scheme]();
}
