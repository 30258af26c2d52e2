// data: rows out of files, examples out of rows, splits, folds, balance, and a check of all that before anything learns from it. Knows no models.

export type { TextForm } from "../formats/index.ts";
export { classWeights, overSample, underSample } from "./balance.ts";
export { type Draw, drawing, purposes, shuffled } from "./chance.ts";
export { checkData } from "./check/check.ts";
export { minHashFinder } from "./check/near.ts";
export type {
  CheckOptions,
  CheckReport,
  DuplicateReport,
  FileReport,
  Lengths,
  NearDuplicateBatches,
  NearDuplicateFinder,
  Pair,
  Place,
} from "./check/types.ts";
export { describeCheck } from "./check/words.ts";
export { type CleanTableOptions, cleanedTable } from "./clean-table.ts";
export { cellText, columnsOf, guessLabelColumn, guessTextColumn } from "./columns.ts";
export { Dataset, type RowSource, type ShuffleOptions } from "./dataset.ts";
export { type ChatExample, type ChatTurn, chatExample } from "./examples/chat.ts";
export { type Entity, entitiesOf, readConll, type TaggedSentence } from "./examples/conll.ts";
export { readDocx } from "./examples/docx.ts";
export { type HtmlDocument, htmlText, readHtml } from "./examples/html.ts";
export { type LabelledText, type LabelStudioOptions, readLabelStudio, type Span } from "./examples/label-studio.ts";
export { type MarkdownSection, markdownSections, readMarkdown } from "./examples/markdown.ts";
export { type PdfOptions, readPdf } from "./examples/pdf.ts";
export type { DocumentPage } from "./examples/pdf-work.ts";
export { atPlace } from "./examples/shape.ts";
export { type Answer, type QuestionExample, readSquad } from "./examples/squad.ts";
export type { ExampleOptions } from "./examples/types.ts";
export { type DocumentOptions, wholeText } from "./examples/whole.ts";
export { readWikipedia, type WikiPage } from "./examples/wikipedia.ts";
export { wikiPlainText } from "./examples/wikitext.ts";
export { normalText } from "./fingerprint.ts";
export { type FoldOptions, foldRows, groupFolds, kFolds, stratifiedFolds } from "./folds.ts";
export { compareLabels, countLabels, type Label } from "./labels.ts";
export { DataLoader, type DataLoaderOptions, type Examples, stackRows, TensorDataset, type TensorRow } from "./loader.ts";
export { type DataKind, type DataRow, dataKind, type OpenOptions, openDataset, openRows, type TableFormOptions } from "./open.ts";
export { hashSplit, type Shares, type SplitOptions, stratifiedSplit, usualShares } from "./splits.ts";
export { type FoundFiles, findTexts, type TextPiece, type TextPieceOptions, textFiles, textPieces } from "./texts.ts";
export { splitToFiles, type WriteOptions } from "./write.ts";
export { type WrittenKind, writtenKind } from "./written-kind.ts";
