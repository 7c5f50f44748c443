/** Finds the line of each key in a TOML text, because the parser does not tell. */

export type KeyPath = readonly string[];

export interface KeyLines {
  /** The line, from 1, of the key or else of the nearest table around it. */
  lineOf(path: KeyPath): number;
}

/** Deeper keys are found by the table around them. */
const keptParts = 8;

/** Made anew for each text: a sticky pattern remembers its place. */
const createPatterns = () => ({
  blank: /(?:[ \t\r\n\uFEFF]|#[^\n]*)*/y,
  headerStart: /\[\[?[ \t]*/y,
  keyPart: /([A-Za-z0-9_-]+)|("(?:[^"\\\n]|\\.)*")|'([^'\n]*)'/y,
  dot: /[ \t]*\.[ \t]*/y,
  valuePart:
    /"""(?:[^"\\]|\\[\s\S]|"(?!""))*"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[[\]{}\n]|[^"'#[\]{}\n]+/y,
});

type PatternName = keyof ReturnType<typeof createPatterns>;

/** Keys of inline tables are not looked for: such a table stands on one line. */
export function findKeyLines(text: string): KeyLines {
  const lines = new Map<string, number>();
  const scanner = createScanner(text);
  let table: KeyPath = [];
  while (scanner.take('blank') !== undefined && !scanner.isAtEnd()) {
    const line = scanner.line();
    const isHeader = scanner.take('headerStart') !== undefined;
    const path = scanKey(scanner);
    if (path === undefined) break;
    if (isHeader) table = path;
    const whole = isHeader ? path : [...table, ...path];
    for (let length = 1; length <= whole.length && length <= keptParts; length++) {
      const key = joinPath(whole.slice(0, length));
      if (!lines.has(key)) lines.set(key, line);
    }
    skipValue(scanner, isHeader ? 1 : 0);
  }
  return { lineOf: (path) => findLine(lines, path) };
}

interface Scanner {
  take(name: PatternName): RegExpExecArray | undefined;
  isAtEnd(): boolean;
  line(): number;
}

function createScanner(text: string): Scanner {
  const patterns = createPatterns();
  let position = 0;
  let counted = 0;
  let line = 1;
  return {
    take(name) {
      const pattern = patterns[name];
      pattern.lastIndex = position;
      const found = pattern.exec(text) ?? undefined;
      if (found !== undefined) position = pattern.lastIndex;
      return found;
    },
    isAtEnd: () => position >= text.length,
    line() {
      for (; counted < position; counted++) if (text[counted] === '\n') line++;
      return line;
    },
  };
}

function scanKey(scanner: Scanner): KeyPath | undefined {
  const path: string[] = [];
  do {
    const part = scanner.take('keyPart');
    if (part === undefined) return undefined;
    // A hostile header of thousands of parts would be copied for each of its keys.
    if (path.length < keptParts) path.push(part[1] ?? part[3] ?? decodeBasic(part[2] ?? ''));
  } while (scanner.take('dot') !== undefined);
  return path;
}

/** A quoted key with an escape that JSON does not have is left as written: it is then found by the table around it. */
function decodeBasic(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted;
  }
}

/** To the end of the line that ends the value. `depth` counts brackets already open. */
function skipValue(scanner: Scanner, depth: number): void {
  let open = depth;
  for (let part = scanner.take('valuePart'); part !== undefined; part = scanner.take('valuePart')) {
    if (part[0] === '[' || part[0] === '{') open++;
    if (part[0] === ']' || part[0] === '}') open--;
    if (part[0] === '\n' && open <= 0) return;
  }
}

function findLine(lines: ReadonlyMap<string, number>, path: KeyPath): number {
  for (let length = path.length; length > 0; length--) {
    const line = lines.get(joinPath(path.slice(0, length)));
    if (line !== undefined) return line;
  }
  return 1;
}

function joinPath(path: KeyPath): string {
  return path.join('\0');
}
