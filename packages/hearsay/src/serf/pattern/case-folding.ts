/** Above this there are no letters with case (Unicode 16: Adlam ends at U+1E943). */
const CASED_MAX = 0x1e943;

let orbits: Map<number, number[]> | undefined;

/** All code points that differ from `codePoint` only in case, itself included (Unicode simple case folding). */
export function caseOrbit(codePoint: number): readonly number[] {
  if (codePoint < 0x80) return asciiOrbit(codePoint);
  orbits ??= buildOrbits();
  return orbits.get(foldCase(codePoint)) ?? [codePoint];
}

/** Two ASCII letters have a relative outside: the Kelvin sign and the long s. */
function asciiOrbit(codePoint: number): readonly number[] {
  const lower = codePoint | 0x20;
  if (lower < 0x61 || lower > 0x7a) return [codePoint];
  const upper = lower - 0x20;
  if (lower === 0x6b) return [lower, upper, 0x212a];
  return lower === 0x73 ? [lower, upper, 0x17f] : [lower, upper];
}

/** Once, and only when a text outside ASCII meets an expression that ignores case: some milliseconds. */
function buildOrbits(): Map<number, number[]> {
  const all = new Map<number, number[]>();
  for (let codePoint = 0; codePoint <= CASED_MAX; codePoint += 1) {
    const folded = foldCase(codePoint);
    const orbit = all.get(folded);
    if (orbit !== undefined) orbit.push(codePoint);
    else if (folded !== codePoint) all.set(folded, [folded, codePoint]);
    else if (upperOf(codePoint) !== codePoint) all.set(folded, [codePoint]);
  }
  return new Map([...all].map(([folded, orbit]) => [folded, [...new Set(orbit)]]));
}

/** The dotless i folds to itself, though its capital is I. */
function foldCase(codePoint: number): number {
  if (codePoint === 0x131) return codePoint;
  return single(String.fromCodePoint(upperOf(codePoint)).toLowerCase(), codePoint);
}

function upperOf(codePoint: number): number {
  return single(String.fromCodePoint(codePoint).toUpperCase(), codePoint);
}

/** The one character of `text`; `otherwise` when it has more, as simple folding knows no such. */
function single(text: string, otherwise: number): number {
  const codePoint = text.codePointAt(0)!;
  return text.length === (codePoint > 0xffff ? 2 : 1) ? codePoint : otherwise;
}
