/** Which known word is nearest to a mistyped one. */

/** Longer words are compared by their beginnings: whoever wrote them chose the time that this takes. */
const comparedCharacters = 64;

/** The known word with the fewest single-character edits, the first of equals; undefined if each needs more than `mostEdits`. */
export function findNearest(
  word: string,
  known: readonly string[],
  mostEdits = Number.POSITIVE_INFINITY,
): string | undefined {
  let best: { readonly word: string; readonly edits: number } | undefined;
  for (const candidate of known) {
    const edits = countEdits(word.slice(0, comparedCharacters), candidate);
    if (edits <= mostEdits && (best === undefined || edits < best.edits)) best = { word: candidate, edits };
  }
  return best?.word;
}

/** Levenshtein distance: insertions, deletions and replacements. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let line = 1; line <= from.length; line++) {
    const next = [line];
    for (let column = 1; column <= to.length; column++) {
      const replaced = at(row, column - 1) + (from[line - 1] === to[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, at(row, column) + 1, at(next, column - 1) + 1));
    }
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY;
}
