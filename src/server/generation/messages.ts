// Messages as a role and a text: what is left of every client's shape. Knows no routes.
import { z } from "zod";
import type { Message } from "../../generate/index.ts";

/** A list of them, at most so many. */
export function plainMessages(most: number): z.ZodType<Message[]> {
  const message = z.strictObject({ role: z.enum(["system", "user", "assistant"]), content: z.string(), name: z.string().max(256).optional() });
  return z.array(message).min(1).max(most);
}
