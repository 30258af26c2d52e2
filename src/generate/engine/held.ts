// What an answer is held to: a form from its beginning, or calls of tools from their mark on. Knows no tokens.
import type { Constraint } from "../constrain/constraint.ts";
import type { CheckedOptions } from "../options.ts";
import { familyOf, type ToolFamily } from "../tools/family.ts";
import { toolGrammar } from "../tools/grammar.ts";
import type { Machinery } from "./machinery.ts";

/** Constraints of one answer, and how it calls tools. */
export interface Held {
  readonly constraint?: Constraint;
  /** Of what comes behind the first mark of a call. */
  readonly behindMark?: Constraint;
  readonly family?: ToolFamily;
}

/** Gives them back. */
export function disposeHeld({ constraint, behindMark }: Held): void {
  constraint?.dispose();
  behindMark?.dispose();
}

/**
 * Makes what the options ask for. Where tools may be called but need not be, and nothing native is there, their calls are read and not held to anything.
 *
 * Errors: `E_RESPONSE_FORMAT`, `E_NATIVE_NEEDED`.
 */
export async function openHeld(on: Machinery, { grammar, tools }: CheckedOptions): Promise<Held> {
  if (tools === undefined) return grammar === undefined ? {} : { constraint: await on.constraints.open(grammar) };
  const family = familyOf(on.template()?.source ?? "");
  const control = (text: string) => {
    const id = on.tokenizer.idOf(text);
    return id !== undefined && on.tokenizer.specialIds.has(id) ? id : undefined;
  };
  const open = (more: Parameters<typeof toolGrammar>[3]) => on.constraints.open(toolGrammar(family, tools, control, more));
  if (tools.choice !== "auto") return { family, constraint: await open({}) };
  if (grammar !== undefined) return { family, constraint: await open({ otherwise: grammar }) };
  return family.unmarked || !on.constraints.available ? { family } : { family, behindMark: await open({ behind: true }) };
}
