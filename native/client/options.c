/* The options of `run`. The table mirrors the meta of src/cli/commands/run.ts; a test compares. */
#include "client/client.h"

#include <string.h>

static const struct {
  const char *name, *alias;
} table[] = {
    {"--profile", "-p"},
    {"--agent-id", NULL},
    {"--with", NULL},
    {"--env", NULL},
};
enum { PROFILE, AGENT_ID, WITH, ENV, UNKNOWN };

/* `--name value`, `--name=value`, `-p value`, `-pvalue`. Fills value; *used counts the arguments taken. */
static int match(char **argv, const char **value, int *used) {
  for (int i = 0; i < UNKNOWN; i++) {
    size_t n = strlen(table[i].name);
    if (!strncmp(argv[0], table[i].name, n) && (argv[0][n] == 0 || argv[0][n] == '=')) {
      *value = argv[0][n] ? argv[0] + n + 1 : argv[1];
      *used = argv[0][n] ? 1 : 2;
      return i;
    }
    if (table[i].alias && !strncmp(argv[0], table[i].alias, 2)) {
      *value = argv[0][2] ? argv[0] + 2 : argv[1];
      *used = argv[0][2] ? 1 : 2;
      return i;
    }
  }
  return UNKNOWN;
}

static int take(struct run_options *out, int which, const char *value) {
  if (which == PROFILE) out->profile = value;
  if (which == AGENT_ID) out->agent_id = value;
  if (which == WITH) {
    if (out->with_count == AK_WITH_MAX) return -1;
    out->with[out->with_count++] = value;
  }
  if (which == ENV) {
    if (out->env_count == AK_WITH_MAX) return -1;
    out->env[out->env_count++] = value;
  }
  return 0;
}

/* Never what follows an equals sign: it may be a value that belonged elsewhere. */
static void complain_option(const char *message, char *option, const char *hint) {
  option[strcspn(option, "=")] = 0;
  complain_about(message, option, hint);
}

int options_parse(int argc, char **argv, struct run_options *out) {
  int i = 0;
  for (; i < argc && argv[i][0] == '-'; ) {
    const char *value = NULL;
    int used = 1;
    if (!strcmp(argv[i], "--")) {
      i++;
      break;
    }
    if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) return -2;
    int which = match(argv + i, &value, &used);
    if (which == UNKNOWN) {
      complain_option("unknown option of run", argv[i], "agentkeys help run; a command that starts with a dash goes after --");
      return AK_EXIT_FAILED;
    }
    if (!value) {
      complain_option("this option of run needs a value", argv[i], "agentkeys help run");
      return AK_EXIT_FAILED;
    }
    if (take(out, which, value)) {
      complain_about("given more than 64 times", table[which].name, "put the credentials into a profile");
      return AK_EXIT_FAILED;
    }
    i += used;
  }
  out->command = i < argc ? argv + i : NULL;
  if (out->command || out->profile) return -1;
  complain("no command to run", "for example: agentkeys run --with demo -- printenv DEMO_API_KEY");
  return AK_EXIT_FAILED;
}
