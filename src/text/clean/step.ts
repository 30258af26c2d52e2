// What a cleaning step is: a name and a function from a text to a text and a count. Knows no particular step.

/** What a step made of one text. */
export interface Cleaned {
  /** The text; undefined when the step drops it. */
  readonly text: string | undefined;
  /** How many places were changed (what counts as one is said by each step); of a dropped text 1. */
  readonly changes: number;
}

/** A step at work on one run of texts, in order. */
export type Cleaner = (text: string) => Cleaned;

/** A step: steps compose by standing in a list. Those that look at several texts (duplicates) begin with an empty memory each time they are opened. */
export interface CleanStep {
  readonly name: string;
  /** Gets ready for a run: loads tables, makes a memory. */
  open(): Cleaner | Promise<Cleaner>;
}

/** A step that needs neither tables nor a memory. */
export function plainStep(name: string, clean: Cleaner): CleanStep {
  return { name, open: () => clean };
}

/** Replaces every match and counts those that became something else. */
export function replaced(text: string, pattern: RegExp, by: string | ((match: string, ...groups: string[]) => string)): Cleaned {
  let changes = 0;
  const result = text.replace(pattern, (match: string, ...groups: unknown[]) => {
    const to = typeof by === "string" ? by : by(match, ...(groups as string[]));
    if (to !== match) changes++;
    return to;
  });
  return { text: result, changes };
}

/** A step that replaces every match of a pattern, whose time must not grow faster than the text. One change for each match that became something else. */
export function replacingStep(name: string, pattern: RegExp, by: string | ((match: string, ...groups: string[]) => string)): CleanStep {
  return plainStep(name, (text) => replaced(text, pattern, by));
}
