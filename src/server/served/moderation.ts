// The moderation that comes with Inkstone as a served thing: words, their evasions and rules of a policy. Knows no HTTP.
import { Moderator } from "../../apps/index.ts";
import type { TextModerator } from "../../generate/index.ts";
import type { ServedEntry } from "./entry.ts";

/** What `policyModeration` is called where nothing is said. */
export const moderationName = "inkstone-moderation";

/**
 * An entry that judges texts by a policy (a file; default: the one of the package). What the policy would review or remove is flagged.
 *
 * @example
 * const server = await createServer({ served: [policyModeration()] });
 */
export function policyModeration(policy?: string): ServedEntry<"moderation"> {
  const open = async (): Promise<TextModerator> => {
    const moderator = await Moderator.open(policy);
    return {
      information: { name: moderationName },
      async moderate(texts, { signal } = {}) {
        const results = [];
        for (const text of texts) {
          signal?.throwIfAborted();
          const { action, labels } = await moderator.judge(text);
          results.push({ scores: labels, flagged: action === "allow" ? [] : Object.keys(labels) });
          await new Promise((next) => setImmediate(next)); // others have their turn
        }
        return results;
      },
      close: async () => undefined,
    };
  };
  return { kind: "moderation", name: moderationName, open };
}
