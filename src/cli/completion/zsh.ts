/** Completion for zsh. */
import {
  type CompletedOption,
  type CompletedVerb,
  type CompletedWord,
  type CompletionModel,
  quote,
} from './model.ts';

export function formatZsh({ verbs, firstWords, parts }: CompletionModel): string {
  return `#compdef agentkeys
# zsh completion of agentkeys, written by: agentkeys completion zsh
# Nothing here starts or asks a daemon. Names come from file names, through the agentkeys on PATH: never one that was merely typed.

function _agentkeys_profile {
  if [[ $PREFIX == */* ]]; then
    _files
  else
    compadd -- \${(f)"$(command agentkeys native-complete profile 2>/dev/null)"}
  fi
}

function _agentkeys_service {
  compadd -- \${(f)"$(command agentkeys native-complete service 2>/dev/null)"}
}

function _agentkeys {
  local verb
  local -i at=2
  while ((at < CURRENT)); do
    case $words[at] in
      --color) ((at += 2)) ;;
      --json | --color=*) ((at++)) ;;
      *) break ;;
    esac
  done
  if ((at >= CURRENT)); then
    if [[ $words[CURRENT] == -* ]]; then
      compadd -- --json --color --help --version
    elif ((at == CURRENT)); then
      local -a known=(
${firstWords.map(formatKnown).join('\n')}
      )
      _describe verb known
    else
      compadd -- auto always never
    fi
    return
  fi
  verb=$words[at]
  case $verb in
${[...parts].map(formatParts).join('\n')}
  esac
  words=("\${(@)words[at,-1]}")
  ((CURRENT -= at - 1))
  case $verb in
${verbs.map(formatVerb).join('\n')}
  esac
}

if [[ $funcstack[1] == _agentkeys ]]; then
  _agentkeys "$@"
else
  compdef _agentkeys agentkeys
fi`;
}

function formatKnown([word, does]: readonly [string, string]): string {
  return `        ${quote(`${word}:${escapeSpec(does)}`)}`;
}

function formatParts([first, members]: readonly [string, readonly (readonly [string, string])[]]): string {
  return `    ${quote(first)})
      if ((at + 1 == CURRENT)); then
        local -a known=(
${members.map(formatKnown).join('\n')}
        )
        _describe part known
        return
      fi
      ((at++))
      verb="$verb $words[at]"
      ;;`;
}

/** `_arguments` loses its place where `--` comes first. */
const dropSeparator = `
      if [[ $words[2] == -- ]] && ((CURRENT > 2)); then
        words=($words[1] "\${(@)words[3,-1]}")
        ((CURRENT--))
      fi
     `;

function formatVerb({ name, options, words, isWrapper }: CompletedVerb): string {
  const specs = [...options.map(formatOption), ...words.map((word) => formatWord(word, isWrapper))];
  return `    ${quote(name)})${isWrapper ? dropSeparator : ''} _arguments -s -S : \\\n${specs.map((spec) => `      ${spec}`).join(' \\\n')} ;;`;
}

/** `'*'{-p+,--profile=}'[what it does]:profile:_agentkeys_profile'`; one after the other is always allowed. */
function formatOption({ names, summary, value }: CompletedOption): string {
  const forms = names.map((name) => {
    if (value === undefined) return name;
    return name.startsWith('--') ? `${name}=` : `${name}+`;
  });
  const action = value === undefined ? '' : `:${escapeSpec(value.label)}:${formatAction(value)}`;
  const rest = quote(`[${escapeSpec(summary)}]${action}`);
  const all = forms.length === 1 ? forms.join('') : `{${forms.join(',')}}`;
  return `'*'${all}${rest}`;
}

function formatWord(word: CompletedWord, isWrapper: boolean): string {
  const label = escapeSpec(word.label);
  // No option of ours is offered from there on.
  if (word.kind === 'command') return quote(`(-):${label}: _command_names -e`);
  if (isWrapper && word.isRepeatable) return quote(`*::${label}: _normal`);
  return quote(`${word.isRepeatable ? '*' : ''}:${label}:${formatAction(word)}`);
}

function formatAction({ choices, kind }: CompletedWord): string {
  if (choices !== undefined) return `(${choices.join(' ')})`;
  switch (kind) {
    case 'profile':
    case 'service':
      return `_agentkeys_${kind}`;
    case 'file':
      return '_files';
    case 'directory':
      return '_path_files -/';
    default:
      return ' ';
  }
}

/** What ends a description or splits it. */
function escapeSpec(text: string): string {
  return text.replace(/[[\\\]:]/g, '\\$&');
}
