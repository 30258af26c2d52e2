// What is asked of grounded answers, and what comes back. Knows nothing of how they are found.
import type { Audit } from "../../store/index.ts";
import type { ClaimKind } from "./claims.ts";
import type { InjectionSign } from "./injected.ts";

/** A place that supports an answer: `quote` is characters `start` to `end` of the page, or of the document where it has no pages. */
export interface Citation {
  readonly document: string;
  readonly page: number | undefined;
  readonly start: number;
  readonly end: number;
  readonly quote: string;
}

/** Why there is no answer. */
export type RefusalReason = "not-in-the-sources" | "no-sources" | "only-injected";

/** What a worded answer said that its sources do not. */
export interface Unsupported {
  readonly kind: ClaimKind | "sentence";
  readonly text: string;
}

/** An answer, or why there is none. */
export interface GroundedAnswer {
  /** In the language of the question; says in words when there is none. */
  readonly answer: string;
  readonly citations: readonly Citation[];
  readonly refused: boolean;
  readonly reason: RefusalReason | undefined;
  /** From 0 to 1: how likely the sources hold an answer. */
  readonly support: number;
  /** What was left out of a worded answer because no source has it. */
  readonly dropped: readonly Unsupported[];
  /** Places that speak to the machine: neither followed nor quoted. */
  readonly injected: readonly {
    readonly document: string;
    readonly page: number | undefined;
    readonly start: number;
    readonly end: number;
    readonly sign: InjectionSign;
  }[];
  /** Who worded it: "source" for the source's own words, else the model's name. */
  readonly wordedBy: string;
  /** Undefined for the source's own words; else the label that generated text carries where it leaves the product, in the question's language. */
  readonly label: string | undefined;
}

/** What words an answer: a `LanguageModel`, or anything that does its work. */
export interface AnswerWriter {
  readonly name: string;
  generate(
    messages: readonly { readonly role: "system" | "user"; readonly content: string }[],
    options: { readonly maxTokens: number; readonly temperature: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly text: string }>;
}

/** How to answer. */
export interface AnswerOptions {
  /** The least support with which it answers, 0.5 by default: higher refuses more. */
  readonly least?: number;
  /** At most so many passages are looked at, 6 by default. */
  readonly passages?: number;
  /** Words the answer; without one it is the best sentence of the sources. */
  readonly writer?: AnswerWriter;
  /** Keeps what was asked and what it rested on. Texts are redacted unless `texts` says otherwise. */
  readonly audit?: { readonly log: Audit; readonly subject?: string; readonly texts?: "redacted" | "whole" | "none" };
  readonly signal?: AbortSignal;
}
