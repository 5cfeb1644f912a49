/** How to repeat what the page of an experiment shows. */

/**
 * The command that gives the same figures, when one command does; otherwise the one for all of it, and what that has more
 * or less of than the page.
 *
 * @param {object} document what `hearsay experiment NAME --json` printed
 * @param {object} experiment as the library declares it
 * @returns {string} a sentence
 */
export function repeatText({ name, cells, seeds }, experiment) {
  const shown = new Map(cells.map((id, index) => [id, seeds.perCell[index]]));
  const declared = new Map(experiment.cells.map(({ id, seedCount }) => [id, seedCount ?? experiment.seedCount]));
  const cellFlags = flagsForCells([...shown.keys()], [...declared.keys()]);
  const seedFlags = flagsForSeeds(shown, declared);
  const firstFlags = seeds.first === 1 ? [] : [`--first-seed ${seeds.first}`];
  if (cellFlags !== undefined && seedFlags !== undefined) {
    const command = ['hearsay experiment', name, ...cellFlags, ...seedFlags, ...firstFlags].join(' ');
    return `To repeat it: \`${command}\`.`;
  }
  return `To repeat it, with ${differences(shown, declared).join(' and ')} than here: \`hearsay experiment ${name}\`.`;
}

/** Undefined when no pattern picks just these cells: what all their names begin with is tried. */
function flagsForCells(shown, declared) {
  const picksJustThese = (pattern) => {
    const picked = declared.filter((id) => id.includes(pattern));
    return picked.length === shown.length && picked.every((id) => shown.includes(id));
  };
  if (picksJustThese('')) return [];
  const pattern = commonBeginning(shown);
  return picksJustThese(pattern) ? [`--cells '${pattern}'`] : undefined;
}

/** Undefined when cells have different numbers of seeds, and not those that they have by themselves. */
function flagsForSeeds(shown, declared) {
  if ([...shown].every(([id, count]) => count === declared.get(id))) return [];
  const [count, ...others] = new Set(shown.values());
  return others.length === 0 ? [`--seeds ${count}`] : undefined;
}

/** What running all of it has that the page has not, or the other way round. */
function differences(shown, declared) {
  const isKnown = [...shown.keys()].every((id) => declared.has(id));
  const both = [...shown].filter(([id]) => declared.has(id));
  const hasMore = both.some(([id, count]) => declared.get(id) > count);
  const hasFewer = both.some(([id, count]) => declared.get(id) < count);
  return [
    ...(isKnown ? [] : ['other cells']),
    ...(isKnown && declared.size > shown.size ? ['more cells'] : []),
    ...(hasMore && hasFewer ? ['other numbers of seeds'] : hasMore ? ['more seeds'] : hasFewer ? ['fewer seeds'] : []),
  ];
}

function commonBeginning([first, ...others]) {
  let length = first.length;
  while (!others.every((other) => other.startsWith(first.slice(0, length)))) length -= 1;
  return first.slice(0, length);
}
