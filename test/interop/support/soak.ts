/** How long a node must live among others without a complaint: 30 s, or HEARSAY_SOAK_MINUTES. */
export const soakMs: number =
  process.env['HEARSAY_SOAK_MINUTES'] === undefined ? 30_000 : Number(process.env['HEARSAY_SOAK_MINUTES']) * 60_000;
