// knowledge: documents in, passages with their exact places out.
export {
  type Added,
  type AddOptions,
  createKnowledgeBase,
  type DocumentEntry,
  KnowledgeBase,
  type KnowledgeBaseOptions,
  type KnowledgeFilter,
  knowledgeModel,
  openKnowledgeBase,
  type Passage,
  type PassageReranker,
  type SearchOptions,
  type TermStatistics,
  type TextEmbedder,
} from "./base.ts";
export { cutPage, type Page, type PageLayout, type Piece } from "./chunks.ts";
export { documentFiles } from "./files.ts";
export { knowledgeEmbedder, knowledgeReranker } from "./models.ts";
export { quantised } from "./packed.ts";
export { type ReadOptions, readPages } from "./read.ts";
export { SearchTerms, visibleText } from "./terms.ts";
export { type VectorHit, VectorRows } from "./vectors.ts";
