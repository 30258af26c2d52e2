// Which embedding model a language's texts are looked at with when nobody named one, and whether it is on this machine. Fetches nothing.
import { localPath } from "../hub/index.ts";
import { usualEmbeddings } from "./text-classifier.ts";
import type { TextLanguage } from "./text-features.ts";

/** The usual embedding model of a language, and whether it is at hand. */
export interface UsualEmbeddings {
  readonly name: string;
  readonly isAtHand: boolean;
}

/**
 * Looks for the usual embedding model of a language without any network.
 *
 * @example
 * (await findUsualEmbeddings("zh")).name; // "bge-small-zh"
 */
export async function findUsualEmbeddings(language: TextLanguage): Promise<UsualEmbeddings> {
  const name = usualEmbeddings[language];
  return { name, isAtHand: (await localPath(name)) !== undefined };
}
