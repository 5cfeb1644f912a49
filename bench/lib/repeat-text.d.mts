/** The cells that a page shows, and how many seeds of each. */
export interface ShownRuns {
  readonly name: string;
  readonly cells: readonly string[];
  readonly seeds: { readonly first: number; readonly perCell: readonly number[] };
}

export function repeatText(
  document: ShownRuns,
  experiment: {
    readonly seedCount: number;
    readonly cells: readonly { readonly id: string; readonly seedCount?: number }[];
  },
): string;
