/** Environment variables that make a program run other code or talk to others; none can be set through agentkeys. */

/** Whole names, sorted. The spawner repeats both lists (native/core/names.c); a test compares them. */
export const dangerousExactNames: readonly string[] = [
  'ALL_PROXY',
  'BASH_ENV',
  'CLASSPATH',
  'DOTNET_STARTUP_HOOKS',
  'ENV',
  'GCONV_PATH',
  'GIT_EXEC_PATH',
  'GIT_EXTERNAL_DIFF',
  'GIT_PROXY_COMMAND',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_TEMPLATE_DIR',
  'GLIBC_TUNABLES',
  'HTTPS_PROXY',
  'HTTP_PROXY',
  'IFS',
  'JAVA_TOOL_OPTIONS',
  'JDK_JAVA_OPTIONS',
  'LESSCLOSE',
  'LESSOPEN',
  'LUA_INIT',
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_PATH',
  'OPENSSL_CONF',
  'OPENSSL_MODULES',
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
  'SSLKEYLOGFILE',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
  'ZDOTDIR',
  '_JAVA_OPTIONS',
  'all_proxy',
  'http_proxy',
  'https_proxy',
];

/** Beginnings of names, sorted; `LD_` stands for every name that starts with it. */
export const dangerousPrefixes: readonly string[] = [
  'AGENTKEYS_',
  'BASH_FUNC_',
  'DYLD_',
  'GIT_CONFIG_',
  'LD_',
  'NPM_CONFIG_',
  'PERL5',
  'RUBY',
  'npm_config_',
];

/** True if a variable of this name must not be set. Case counts, as it does for the programs that read them. */
export function isDangerousName(name: string): boolean {
  return dangerousExactNames.includes(name) || dangerousPrefixes.some((prefix) => name.startsWith(prefix));
}
