/** Words laid out in lines for a terminal. */

/** No line of help is wider. */
export const mostColumns = 100;

/** Words in lines of at most `columns`; a longer one has a line of its own. */
export function wrapWords(words: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** One row a pair: the left column as wide as its widest cell, the right one wrapped. Each line is indented by two. */
export function formatPairs(pairs: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...pairs.map(([left]) => left.length));
  return pairs.flatMap(([left, right]) =>
    wrapWords(right.split(' '), mostColumns - width - 4).map((part, index) =>
      `  ${(index === 0 ? left : '').padEnd(width)}  ${part}`.trimEnd(),
    ),
  );
}

/** A text that is indented by two; its further lines by six. */
export function formatWords(words: readonly string[]): string[] {
  return wrapWords(words, mostColumns - 6).map((line, index) => `${index === 0 ? '  ' : '      '}${line}`);
}

export function formatLines(texts: readonly string[]): string[] {
  return texts.flatMap((text) => formatWords(text.split(' ')));
}
