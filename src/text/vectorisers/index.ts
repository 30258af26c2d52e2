// Vectorisers: texts -> rows of numbers. Names, parameters and defaults are scikit-learn's and Keras's.
export { CountVectorizer } from "./count-vectorizer.ts";
export { HashingVectorizer } from "./hashing-vectorizer.ts";
export { type IdMatrix, type PadOptions, padSequences } from "./pad-sequences.ts";
export { TextVectorization, type TextVectorizationOptions } from "./text-vectorization.ts";
export { TfidfVectorizer } from "./tfidf-vectorizer.ts";
export type { CountOptions, HashingOptions, NgramOptions, SavedVectoriser, TfidfOptions, TokenFunction, Unsaved, Vectoriser } from "./types.ts";
export { VectorizerUnion, vectoriserFromJSON } from "./union.ts";
