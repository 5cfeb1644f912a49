/** What bench/real.mjs compares, and what it does to each side. */

/** @typedef {import('./experiments.mjs').RealCell} RealCell */

/**
 * Both programs with LAN timings. Lifeguard's beta is 6 everywhere; memberlist asks for alpha - 2 confirmations, so with
 * alpha 2 for none, and hearsay does the same unless told how many.
 * @type {Readonly<Record<string, { title: string, program: 'go' | 'hearsay', flags: readonly string[] }>>}
 */
export const sides = {
  'go-5': { title: 'Go memberlist, alpha 5', program: 'go', flags: ['--suspicion-mult', '5'] },
  'go-4': { title: 'Go memberlist, alpha 4 (its default)', program: 'go', flags: ['--suspicion-mult', '4'] },
  'memberlist-5': hearsay("hearsay, rules 'memberlist', alpha 5", 'memberlist', 5),
  'sharp-5': hearsay("hearsay, rules 'sharp', alpha 5", 'sharp', 5),
  'sharp-2': hearsay("hearsay, rules 'sharp', alpha 2, 3 confirmations", 'sharp', 2),
};

function hearsay(title, rules, suspicionMult) {
  const flags = ['--rules', rules, '--suspicion-mult', `${suspicionMult}`, '--suspicion-confirmations', '3'];
  return { title, program: /** @type {const} */ ('hearsay'), flags };
}

/**
 * In the order in which they are run: who is killed does not come back. Long pauses with a moment in between are where
 * nearly all false positives of Lifeguard come from.
 * @type {Readonly<Record<string, RealCell>>}
 */
export const cells = {
  'interval-16s': { kind: 'interval', concurrent: 8, blockMs: 16_384, gapMs: 4, spanMs: 80_000 },
  'interval-8s': { kind: 'interval', concurrent: 8, blockMs: 8_192, gapMs: 4, spanMs: 64_000 },
  pause: { kind: 'pause', concurrent: 4 },
  kill: { kind: 'kill', concurrent: 4 },
};
