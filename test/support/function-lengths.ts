/** Measures functions by the indentation that the formatter gives them. */

export interface MeasuredFunction {
  /** Where it begins, from 1. */
  readonly line: number;
  readonly lines: number;
}

const control =
  /^(?:\} )?(?:else|if|for|while|switch|do|try|catch|return|struct|union|enum|extern|namespace|class|interface|export (?:class|interface))\b/;

/**
 * A function begins at a line that opens a parameter list and ends at the brace under its first letter. Named functions inside of
 * it are measured by themselves and do not count: a factory is as long as what it does itself.
 */
export function findLongFunctions(text: string, maxLines: number): MeasuredFunction[] {
  const lines = text.split('\n');
  return lines.flatMap((line, index) => {
    const whole = beginsFunction(line) ? measure(lines, index) : 0;
    const length = whole > maxLines ? whole - measureNested(lines, index, whole) : whole;
    return length > maxLines ? [{ line: index + 1, lines: length }] : [];
  });
}

function beginsFunction(line: string): boolean {
  const code = line.trimStart();
  if (control.test(code) || code.startsWith('*') || code.startsWith('/')) return false;
  return (
    /\w\s*(?:<[^()]*>)?\($/.test(code) ||
    /\([^;]*\{$/.test(code) ||
    /=>\s*\{$/.test(code) ||
    /\w\([^;{]*,$/.test(code)
  );
}

const named = /^(?:async )?(?:function \w|(?:get |set )?[#\w]+\([^;]*\{$)/;

function measureNested(lines: readonly string[], start: number, whole: number): number {
  let nested = 0;
  for (let index = start + 1; index < start + whole; index++) {
    const code = (lines[index] ?? '').trimStart();
    const length = named.test(code) && !control.test(code) ? measure(lines, index) : 0;
    nested += length;
    index += Math.max(length - 1, 0);
  }
  return nested;
}

function measure(lines: readonly string[], start: number): number {
  const indent = (lines[start] ?? '').search(/\S/);
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index] ?? '';
    const depth = line.search(/\S/);
    if (depth < 0 || depth > indent || line.endsWith('{')) continue;
    // A call over several lines ends here; labels and directives of C stand further left than the code around them.
    if (depth === indent && /^\s*[)\]}]/.test(line)) return index - start + 1;
    if (depth < indent) return 0;
  }
  return 0;
}
