/** Completion for bash. */
import { type CompletedVerb, type CompletedWord, type CompletionModel, quote } from './model.ts';

export function formatBash(model: CompletionModel): string {
  const { firstWords, parts, verbs } = model;
  const twoWords = [...parts].map(
    ([first, members]) =>
      `    ${quote(first)}) _agentkeys_parts=${quote(members.map(([part]) => part).join(' '))} ;;`,
  );
  return `# bash completion of agentkeys, written by: agentkeys completion bash
# Nothing here starts or asks a daemon. Names come from file names, through the agentkeys on PATH: never one that was merely typed.

# \`=a b\` are words, anything else is a kind.
function _agentkeys_reply {
  local kind=$1 cur=$2
  COMPREPLY=()
  case $kind in
    =*) COMPREPLY=($(compgen -W "\${kind#=}" -- "$cur")) ;;
    profile | service)
      COMPREPLY=($(compgen -W "$(command agentkeys native-complete "$kind" 2>/dev/null)" -- "$cur"))
      [[ $kind == profile && $cur == */* ]] || return
      _agentkeys_reply file "$cur"
      ;;
    file | directory)
      local IFS=$'\\n' action=-f
      [[ $kind == directory ]] && action=-d
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen $action -- "$cur"))
      ;;
    command) COMPREPLY=($(compgen -c -- "$cur")) ;;
  esac
}

# The options and words of a verb, into variables of the caller.
function _agentkeys_verb {
  options= valued= values=() words=() repeats= wraps=
  case $1 in
${verbs.map(formatVerb).join('\n')}
    *) return 1 ;;
  esac
}

function _agentkeys_parts_of {
  _agentkeys_parts=
  case $1 in
${twoWords.join('\n')}
  esac
  [[ -n $_agentkeys_parts ]]
}

# What the value of an option is.
function _agentkeys_value_of {
  local entry
  for entry in "\${values[@]}"; do
    [[ $entry == "$1 "* ]] && kind=\${entry#* } && return
  done
  kind=
}

function _agentkeys {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} _agentkeys_parts
  local options valued repeats wraps kind verb= ended= at=1 given=0
  local -a values words
  COMPREPLY=()
  # bash splits at = and :, whatever stands on both sides.
  [[ $cur == = ]] && cur=
  [[ $prev == = && COMP_CWORD -gt 2 ]] && prev=\${COMP_WORDS[COMP_CWORD - 2]}
  options=${quote(programFlags(model))} valued=' --color ' values=(${quote('--color =auto always never')})
  while ((at < COMP_CWORD)); do
    local word=\${COMP_WORDS[at]}
    case $word in
      --) [[ -n $verb ]] && ended=1 ;;
      -*) [[ -z $ended && $valued == *" $word "* && \${COMP_WORDS[at + 1]} != = ]] && ((at++)) ;;
      *)
        if [[ -z $verb ]]; then
          verb=$word
          _agentkeys_parts_of "$verb" || _agentkeys_verb "$verb" || return 0
        elif [[ $verb != *' '* ]] && _agentkeys_parts_of "$verb"; then
          verb="$verb $word"
          _agentkeys_verb "$verb" || return 0
        elif [[ -n $wraps ]]; then
          _agentkeys_wrapped $at
          return
        else
          ((given++))
        fi
        ;;
    esac
    ((at++))
    while ((at < COMP_CWORD)) && [[ \${COMP_WORDS[at]} == [=:] ]]; do ((at += 2)); done
  done
  if [[ -z $ended && $prev == -* && $valued == *" $prev "* ]]; then
    _agentkeys_value_of "$prev"
    _agentkeys_reply "$kind" "$cur"
  elif [[ $verb != *' '* ]] && [[ -n $verb ]] && _agentkeys_parts_of "$verb"; then
    _agentkeys_reply "=$_agentkeys_parts" "$cur"
  elif [[ -z $ended && $cur == -* ]]; then
    _agentkeys_reply "=$options" "$cur"
  elif [[ -z $verb ]]; then
    _agentkeys_reply ${quote(`=${firstWords.map(([word]) => word).join(' ')}`)} "$cur"
  elif [[ -n $wraps ]]; then
    _agentkeys_wrapped $COMP_CWORD
  else
    [[ -n $repeats && given -ge \${#words[@]} ]] && given=$((\${#words[@]} - 1))
    _agentkeys_reply "\${words[given]}" "$cur"
  fi
}

# What follows is another program's: its own completion takes over, where bash-completion is installed.
function _agentkeys_wrapped {
  if declare -F _command_offset >/dev/null; then
    _command_offset "$1"
  elif (($1 == COMP_CWORD)); then
    _agentkeys_reply command "\${COMP_WORDS[COMP_CWORD]}"
  else
    _agentkeys_reply file "\${COMP_WORDS[COMP_CWORD]}"
  fi
}

complete -F _agentkeys agentkeys`;
}

function formatVerb({ name, options, words, isWrapper }: CompletedVerb): string {
  const valued = options.filter(({ value }) => value !== undefined);
  const values = valued.flatMap(({ names, value }) =>
    names.map((option) => `${option} ${formatWord(value)}`),
  );
  const assignments = [
    `options=${quote(options.flatMap(({ names }) => names).join(' '))}`,
    `valued=${quote(` ${valued.flatMap(({ names }) => names).join(' ')} `)}`,
    `values=(${values.map(quote).join(' ')})`,
    `words=(${words.map((word) => quote(formatWord(word)) || "''").join(' ')})`,
    ...(words.some(({ isRepeatable }) => isRepeatable) ? ['repeats=1'] : []),
    ...(isWrapper ? ['wraps=1'] : []),
  ];
  return `    ${quote(name)})\n${assignments.map((text) => `      ${text}`).join('\n')}\n      ;;`;
}

function formatWord(word: CompletedWord | undefined): string {
  return word?.choices === undefined ? (word?.kind ?? 'none') : `=${word.choices.join(' ')}`;
}

/** Before a verb. */
function programFlags({ verbs }: CompletionModel): string {
  const names = verbs.find(({ name }) => name === 'version')?.options.flatMap((option) => option.names) ?? [];
  return [...names, '--version'].join(' ');
}
