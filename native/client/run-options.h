/* The options of `run`, written by test/support/run-options.ts from src/cli/commands/run.ts. Do not edit. */
#ifndef AK_RUN_OPTIONS_H
#define AK_RUN_OPTIONS_H

#include <stddef.h>

enum run_option {
  RUN_PROFILE,
  RUN_AGENT_ID,
  RUN_WITH,
  RUN_ENV,
  RUN_COLOR,
  RUN_HELP,
  RUN_OPTIONS
};

/* What help shows; both names, NULL for no short one; whether a value follows; the values that it takes, NULL for any. */
static const struct {
  const char *flags, *name, *alias;
  int takes_value;
  const char *choices;
} run_options[] = {
    {"-p, --profile <profile>", "--profile", "-p", 1, NULL},
    {"--agent-id <id>", "--agent-id", NULL, 1, NULL},
    {"--with <service>", "--with", NULL, 1, NULL},
    {"--env <name=reference>", "--env", NULL, 1, NULL},
    {"--color <when>", "--color", NULL, 1, "auto, always, never"},
    {"-h, --help", "--help", "-h", 0, NULL},
};

#endif
