/** Where something was thrown, without what it says: a stranger's message may quote the input that it choked on. */

const frame =
  /^ {4}at (?:([\w$.<># ]{1,80}) \()?(?:file:\/\/)?(?:\/[^\s():]+\/)?((?:node:)?[\w./-]{1,80}:\d+:\d+)\)?$/;
const maxFrames = 6;

export interface ThrownFacts {
  readonly thrown: string;
  readonly at: string;
}

/** Class name and the first frames of the stack, each as `function file:line:column`. */
export function describeThrown(value: unknown): ThrownFacts {
  if (!(value instanceof Error)) return { thrown: typeof value, at: '' };
  const frames = (value.stack ?? '')
    .split('\n')
    .map((line) => frame.exec(line))
    .filter((match) => match !== null)
    .slice(0, maxFrames)
    .map((match) => [match[1], match[2]].filter(Boolean).join(' '));
  return { thrown: value.constructor.name, at: frames.join(' < ') };
}
