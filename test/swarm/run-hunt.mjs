/*
 * Hunts for a broken invariant in a build of the simulator, in a process of its own:
 *
 *   node run-hunt.mjs <url of sim/index.js> <url of hunts.js> <hunt> <number of seeds>
 *
 * Prints one line of JSON: the seed and what it found, or {} when all seeds hold.
 */
const [simUrl, huntsUrl, name, seedCount] = process.argv.slice(2);
const sim = await import(simUrl);
const { hunts } = await import(huntsUrl);

let result = {};
for (let seed = 1; seed <= Number(seedCount) && result.seed === undefined; seed++) {
  const found = hunt(seed);
  if (found !== undefined) result = { seed, ...found };
}
console.log(JSON.stringify(result));

/** A build with a bug may also break an assertion, or end in a run that throws. */
function hunt(seed) {
  try {
    return hunts[name](sim, seed);
  } catch (error) {
    return { invariant: error.invariant ?? 'crash', report: error.stack };
  }
}
