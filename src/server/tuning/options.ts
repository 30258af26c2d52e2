// What a program says of fine-tuning over HTTP. Knows no jobs.

/** Fine-tuning over HTTP. */
export interface TuningOptions {
  /** Where runs and adapters lie. */
  readonly folder: string;
  /** How far trainings stand behind answers, as nice has it, from 0 to 19. Default 10: they take what answers leave. */
  readonly behind?: number;
}
