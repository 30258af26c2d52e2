// The judged answers that the server keeps: paged, changed, taken away with a way back. Knows no components.
import { dropAllFeedback, dropFeedback, type FeedbackCounts, type FeedbackRow, keepFeedback, listFeedback } from "../../api/feedback.ts";
import { type Failure, failureOf } from "../../api/http.ts";

export class Judged {
  rows: FeedbackRow[] = $state.raw([]);
  counts: FeedbackCounts | undefined = $state.raw();
  more = $state(false);
  asked = $state(false);
  failure: Failure | undefined = $state.raw();

  /** The newest; with `older`, those behind what is here. */
  async refresh(older = false): Promise<void> {
    await this.#try(async () => {
      const { data, has_more, counts } = await listFeedback(older ? this.rows.at(-1)?.id : undefined);
      this.rows = older ? [...this.rows, ...data] : data;
      [this.more, this.counts] = [has_more, counts];
    });
    this.asked = true;
  }

  async change({ id, created: _created, updated: _updated, ...row }: FeedbackRow): Promise<void> {
    await this.#try(async () => {
      const kept = await keepFeedback(id, row);
      this.rows = this.rows.some((one) => one.id === id) ? this.rows.map((one) => (one.id === id ? kept : one)) : [kept, ...this.rows];
      this.counts = (await listFeedback()).counts;
    });
  }

  async remove(row: FeedbackRow): Promise<void> {
    await this.#try(async () => {
      await dropFeedback(row.id);
      this.rows = this.rows.filter(({ id }) => id !== row.id);
      this.counts = (await listFeedback()).counts;
    });
  }

  async clear(): Promise<void> {
    await this.#try(dropAllFeedback);
    await this.refresh();
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    this.failure = undefined;
    await work().catch((error: unknown) => {
      this.failure = failureOf(error);
    });
  }
}
