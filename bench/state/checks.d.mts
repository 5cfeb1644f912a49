/** An acceptance check of gossiped state: what is run, what it must show, and what it showed. */
export interface StateCheck {
  readonly number: number;
  readonly title: string;
  readonly bar: string;
  /** Settings at full size, and as `npm test` runs them. */
  readonly full: Readonly<Record<string, number>>;
  readonly small: Readonly<Record<string, number>>;
  /** One run; the result is plain data. */
  readonly run: (seed: number, settings: Readonly<Record<string, number>>) => unknown;
  readonly judge: (results: readonly unknown[]) => { readonly figure: string; readonly isMet: boolean };
}

export const checks: readonly StateCheck[];
