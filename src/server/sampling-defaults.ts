// How answers are drawn where a request does not say. Knows no framework: users' types rest on it.

/** How answers are drawn where a request does not say: as local servers usually do. */
export interface SamplingDefaults {
  readonly temperature: number;
  readonly topP: number;
}
