/** Environment variables that make a program run other code; no profile and no caller may set one through agentkeys. */

/** Whole names, sorted. The spawner repeats both lists (native/core/names.c); a test compares them. */
export const dangerousExactNames: readonly string[] = [
  'BASH_ENV',
  'ENV',
  'GCONV_PATH',
  'GIT_EXEC_PATH',
  'GIT_EXTERNAL_DIFF',
  'GIT_PROXY_COMMAND',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_TEMPLATE_DIR',
  'GLIBC_TUNABLES',
  'IFS',
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  'NODE_OPTIONS',
  'NODE_PATH',
  'PATH',
  'PERLLIB',
  'PROMPT_COMMAND',
  'PS4',
  'PYTHONBREAKPOINT',
  'PYTHONEXECUTABLE',
  'PYTHONHOME',
  'PYTHONINSPECT',
  'PYTHONPATH',
  'PYTHONPLATLIBDIR',
  'PYTHONSTARTUP',
  'PYTHONUSERBASE',
  'PYTHONWARNINGS',
  'SHELLOPTS',
  'ZDOTDIR',
  '_JAVA_OPTIONS',
];

/** Beginnings of names, sorted; `LD_` stands for every name that starts with it. */
export const dangerousPrefixes: readonly string[] = [
  'AGENTKEYS_',
  'BASH_FUNC_',
  'DYLD_',
  'GIT_CONFIG_',
  'LD_',
  'PERL5',
  'RUBY',
];

/** True if a variable of this name must not be set. Case counts, as it does for the programs that read them. */
export function isDangerousName(name: string): boolean {
  return dangerousExactNames.includes(name) || dangerousPrefixes.some((prefix) => name.startsWith(prefix));
}
