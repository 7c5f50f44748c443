/* Which variable names may carry a credential or a profile's value. Mirrored in src/core/dangerous-names.ts; a test compares. */
#include "core/names.h"

#include <string.h>

static const char *const exact[] = {
    "ALL_PROXY", "BASH_ENV", "CLASSPATH", "DOTNET_STARTUP_HOOKS", "ENV", "GCONV_PATH", "GIT_EXEC_PATH",
    "GIT_EXTERNAL_DIFF", "GIT_PROXY_COMMAND", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_TEMPLATE_DIR",
    "GLIBC_TUNABLES", "HTTPS_PROXY", "HTTP_PROXY", "IFS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS",
    "LESSCLOSE", "LESSOPEN", "LUA_INIT", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS", "NODE_PATH", "OPENSSL_CONF",
    "OPENSSL_MODULES", "PATH", "PERLLIB", "PROMPT_COMMAND", "PS4", "PYTHONBREAKPOINT", "PYTHONEXECUTABLE",
    "PYTHONHOME", "PYTHONINSPECT", "PYTHONPATH", "PYTHONPLATLIBDIR", "PYTHONSTARTUP", "PYTHONUSERBASE",
    "PYTHONWARNINGS", "SHELLOPTS", "SSLKEYLOGFILE", "SSL_CERT_DIR", "SSL_CERT_FILE", "ZDOTDIR",
    "_JAVA_OPTIONS", "all_proxy", "http_proxy", "https_proxy",
};

static const char *const prefixes[] = {
    "AGENTKEYS_", "BASH_FUNC_", "DYLD_", "GIT_CONFIG_", "LD_", "NPM_CONFIG_", "PERL5", "RUBY", "npm_config_",
};

size_t ak_name_length(const char *entry) {
  size_t n = 0;
  for (; entry[n] && entry[n] != '='; n++) {
    char c = entry[n];
    int letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
    if (!letter && !(n > 0 && c >= '0' && c <= '9')) return 0;
  }
  return entry[n] == '=' && n > 0 ? n : 0;
}

int ak_name_is_dangerous(const char *name, size_t length) {
  for (size_t i = 0; i < sizeof exact / sizeof exact[0]; i++)
    if (strlen(exact[i]) == length && !memcmp(exact[i], name, length)) return 1;
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++) {
    size_t n = strlen(prefixes[i]);
    if (length >= n && !memcmp(prefixes[i], name, n)) return 1;
  }
  return 0;
}

int ak_name_matches(const char *pattern, const char *name, size_t length) {
  size_t n = strlen(pattern);
  if (n > 0 && pattern[n - 1] == '*') return length >= n - 1 && !memcmp(pattern, name, n - 1);
  return n == length && !memcmp(pattern, name, n);
}
