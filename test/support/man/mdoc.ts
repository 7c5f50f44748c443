/** mdoc(7) out of plain text: macros, and words that roff must not read. */

/** The day on which the pages last changed in substance; a page without one does not pass mandoc. */
const pageDate = 'November 22, 2026';

export interface ManPage {
  readonly name: string;
  readonly section: 1 | 5 | 8;
  readonly summary: string;
  /** Everything behind NAME. */
  readonly body: readonly string[];
}

export function formatPage({ name, section, summary, body }: ManPage): string {
  const head = [
    '.\\" Written by test/support/man-pages.ts. Do not edit.',
    `.Dd ${pageDate}`,
    `.Dt ${name.toUpperCase()} ${section}`,
    '.Os',
    '.Sh NAME',
    `.Nm ${name}`,
    `.Nd ${escapeArgument(summary)}`,
  ];
  return `${[...head, ...body].join('\n')}\n`;
}

/** One line of text: no escape, no macro, and dashes that stay dashes. */
export function escapeWords(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\e')
    .replace(/(^|[\s([=])(--?)(?=\w)/g, (_, before, dashes: string) => {
      return `${before}${dashes.replaceAll('-', '\\-')}`;
    });
  return /^[.']/.test(escaped) ? `\\&${escaped}` : escaped;
}

/** Words behind a macro, none of which is one: roff calls macros that stand in a line of macros. */
export function escapeArgument(text: string): string {
  return escapeWords(text)
    .split(' ')
    .map((word) => (/^(?:[A-Z][a-z]|[A-Za-z]{2,3}|[.,:;()[\]|?!]+)$/.test(word) ? `\\&${word}` : word))
    .join(' ')
    .replaceAll('"', '\\(dq');
}

/** A text in lines, one a sentence: roff fills them. */
export function formatText(text: string): string[] {
  return text.split(/(?<=[.!?]) (?=[A-Z])/).map(escapeWords);
}

export interface Item {
  readonly head: readonly string[];
  readonly text: readonly string[];
}

/** A list of terms with what they mean. */
export function formatTags(items: readonly Item[]): string[] {
  return items.length === 0
    ? []
    : ['.Bl -tag -width Ds', ...items.flatMap(({ head, text }) => [...head, ...text]), '.El'];
}

/** Lines as they are typed. */
export function formatLiteral(lines: readonly string[]): string[] {
  return ['.Bd -literal -offset indent', ...lines.map(escapeWords), '.Ed'];
}

/** `-p, --profile <profile>` as macros. */
export function formatFlags(flags: string): string {
  const parts = flags.split(', ').map((flag) => {
    const [, name = '', value] = /^-(-?[\w-]+)(?: <([^>]+)>)?$/.exec(flag) ?? [];
    return `Fl ${escapeFlag(name)}${value === undefined ? '' : ` Ar ${escapeArgument(value)}`}`;
  });
  return parts.join(' , ');
}

function escapeFlag(name: string): string {
  return name.replaceAll('-', '\\-');
}
