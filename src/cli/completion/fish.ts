/** Completion for fish. */
import { type CompletedVerb, type CompletedWord, type CompletionModel, quote } from './model.ts';

export function formatFish({ verbs, firstWords, parts }: CompletionModel): string {
  const valued = verbs.flatMap(({ name, options }) =>
    options
      .filter(({ value }) => value !== undefined)
      .flatMap(({ names }) => names.map((option) => `${name} ${option}`)),
  );
  const partNames = verbs.map(({ name }) => name).filter((name) => name.includes(' '));
  return `# fish completion of agentkeys, written by: agentkeys completion fish
# Nothing here starts or asks a daemon. Names come from file names, through the agentkeys on PATH: never one that was merely typed.

# The verb before the cursor, then how many words of its own follow it.
function __agentkeys_place
    set -l words (commandline -opc)
    set -e words[1]
    set -l verb ''
    set -l given 0
    while set -q words[1]
        set -l word $words[1]
        set -e words[1]
        switch $word
            case '-*'
                if contains -- "$verb $word" ' --color' ${valued.map(quote).join(' ')}
                    set -e words[1]
                end
            case '*'
                if test -z "$verb"
                    set verb $word
                else if contains -- "$verb $word" ${partNames.map(quote).join(' ')}
                    set verb "$verb $word"
                else
                    set given (math $given + 1)
                end
        end
    end
    echo $verb
    echo $given
end

function __agentkeys_at --argument-names verb given
    set -l place (__agentkeys_place)
    test "$place[1]" = "$verb"; or return 1
    test -z "$given"; or test "$place[2]" -eq "$given"
end

function __agentkeys_behind --argument-names verb given
    set -l place (__agentkeys_place)
    test "$place[1]" = "$verb"; and test "$place[2]" -ge "$given"
end

function __agentkeys_profiles
    if string match -q -- '*/*' (commandline -ct)
        __fish_complete_path (commandline -ct)
    else
        command agentkeys native-complete profile 2>/dev/null
    end
end

complete -c agentkeys -e
complete -c agentkeys -f
${firstWords.map(([word, does]) => `complete -c agentkeys -n "__agentkeys_at ''" -a ${quote(word)} -d ${quote(does)}`).join('\n')}
${[...parts].flatMap(([first, members]) => members.map(([part, does]) => `complete -c agentkeys -n ${quote(`__agentkeys_at ${first}`)} -a ${quote(part)} -d ${quote(does)}`)).join('\n')}
${verbs.map(formatVerb).join('\n')}`;
}

function formatVerb(verb: CompletedVerb): string {
  const { name, options, words, isWrapper } = verb;
  const place = `__agentkeys_at ${quote(name)}`;
  const lines = options.map(({ names, summary, value }) => {
    const flags = names.map((flag) =>
      flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
    );
    const takes = value === undefined ? [] : [formatTaken(value)];
    const condition = quote(isWrapper ? `${place} 0` : place);
    return ['complete -c agentkeys -n', condition, ...flags, ...takes, `-d ${quote(summary)}`].join(' ');
  });
  if (isWrapper) return [...lines, formatWrapped(verb)].join('\n');
  const places = words.flatMap((word, index) => {
    const condition = word.isRepeatable
      ? `__agentkeys_behind ${quote(name)} ${index}`
      : `__agentkeys_at ${quote(name)} ${index}`;
    const offered = formatOffered(word);
    return offered === '' ? [] : [`complete -c agentkeys -n ${quote(condition)} ${offered}`];
  });
  return [...lines, ...places].join('\n');
}

/** What follows is another program's. The dash keeps the names after it from being read as flags of the function. */
function formatWrapped({ name, options }: CompletedVerb): string {
  const valued = options.filter(({ value }) => value !== undefined).flatMap(({ names }) => names);
  const skipped = name.split(' ').length + 1;
  const words = `(__fish_complete_subcommand --fcs-skip=${skipped} - ${valued.join(' ')})`;
  return `complete -c agentkeys -n ${quote(`__agentkeys_at ${quote(name)}`)} -x -a ${quote(words)}`;
}

/** -x: needs a value, and files are none. */
function formatTaken(word: CompletedWord): string {
  const offered = formatOffered(word);
  return word.kind === 'file' || word.kind === 'directory' ? `-r ${offered}` : `-x ${offered}`.trim();
}

function formatOffered({ choices, kind }: CompletedWord): string {
  if (choices !== undefined) return `-a ${quote(choices.join(' '))}`;
  switch (kind) {
    case 'profile':
      return "-a '(__agentkeys_profiles)'";
    case 'service':
      return "-a '(command agentkeys native-complete service 2>/dev/null)'";
    case 'file':
      return '-F';
    case 'directory':
      return "-a '(__fish_complete_directories (commandline -ct))'";
    default:
      return '';
  }
}
