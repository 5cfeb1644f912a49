const minutes = process.env['HEARSAY_SOAK_MINUTES'];

/** Whether it is to take minutes: HEARSAY_SOAK_MINUTES. */
export const isSoak: boolean = minutes !== undefined;

/** How long a node must live among others without a complaint: 30 s, or HEARSAY_SOAK_MINUTES. */
export const soakMs: number = minutes === undefined ? 30_000 : Number(minutes) * 60_000;

/** The same for pools that are kept busy: 10 s, or HEARSAY_SOAK_MINUTES. */
export const mixedSoakMs: number = minutes === undefined ? 10_000 : soakMs;
