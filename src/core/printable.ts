/** Text that may hold anything, made safe to show: no control character reaches a terminal or a line of a log. */

/** Controls (C0, DEL, C1), formats (bidi, zero width, tags), lone surrogates, line and paragraph separators. */
const hostile = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]`;
const hostileOrBackslash = new RegExp(`${hostile}|\\\\`, 'gu');
const hostileEverywhere = new RegExp(hostile, 'gu');

/** `\u{1b}` for a hostile character, `\\` for a backslash: reversible, one line. */
export function escapeText(text: string): string {
  return text.replace(hostileOrBackslash, (found) =>
    found === '\\' ? '\\\\' : `\\u{${found.codePointAt(0)?.toString(16)}}`,
  );
}

/** The same for text that is JSON already: hostile characters can only stand inside its strings, and become `\uXXXX`. */
export function escapeJson(json: string): string {
  return json.replace(hostileEverywhere, (found) => {
    const units = Array.from({ length: found.length }, (_, index) => found.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
  });
}

const mostShown = 512;

/** Text of any length as one of at most about `most` UTF-16 units: the beginning, and how many characters follow. */
export function cutText(text: string, most: number = mostShown): string {
  if (text.length <= most) return text;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(most - 1));
  const shown = text.slice(0, isHalf ? most - 1 : most);
  return `${shown}… (${text.length - shown.length} more characters)`;
}
