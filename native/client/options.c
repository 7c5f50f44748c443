/* The options of `run`. Their table is written from the meta of src/cli/commands/run.ts. */
#include <stdio.h>
#include <string.h>

#include "client/client.h"
#include "client/run-options.h"

#define WORD_MAX 24

static const char help_hint[] = "agentkeys help run shows its options and examples; a command that begins with a dash goes after --";

/* Single-character edits between two words of at most WORD_MAX characters. */
static int count_edits(const char *from, const char *to) {
  int row[WORD_MAX + 1], columns = (int)strlen(to);
  for (int i = 0; i <= columns; i++) row[i] = i;
  for (int line = 1; from[line - 1]; line++) {
    int corner = row[0]++;
    for (int i = 1; i <= columns; i++) {
      int replaced = corner + (from[line - 1] != to[i - 1]);
      corner = row[i];
      int edited = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + 1;
      row[i] = replaced < edited ? replaced : edited;
    }
  }
  return row[columns];
}

static const char *find_nearest(const char *name) {
  const char *best = NULL;
  int fewest = strlen(name) > 4 && strlen(name) <= WORD_MAX ? 4 : 0;
  for (int i = 0; i < RUN_OPTIONS && fewest > 0; i++) {
    if (strlen(run_options[i].name) > WORD_MAX) continue;
    int edits = count_edits(name, run_options[i].name);
    if (edits >= fewest) continue;
    fewest = edits;
    best = run_options[i].name;
  }
  return best;
}

/* A key that was typed as an option has digits or capitals: only what is made like the name of a flag is ever repeated. */
static int is_flag(const char *name) {
  size_t letters = strspn(name, "abcdefghijklmnopqrstuvwxyz-");
  int is_short = strlen(name) == 2 && ((name[1] | 32) >= 'a' && (name[1] | 32) <= 'z');
  return is_short || (!strncmp(name, "--", 2) && name[letters] == 0 && letters <= WORD_MAX);
}

/* `name`: never what follows an equals sign. */
static int refuse_unknown(const char *name) {
  char message[160];
  const char *nearest = find_nearest(name);
  snprintf(message, sizeof message, "run has no %s%s%s%s%s", is_flag(name) ? "option " : "such option", is_flag(name) ? name : "",
           nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
  complain(message, help_hint);
  return AK_EXIT_FAILED;
}

static int refuse(int which, const char *what) {
  char message[256];
  snprintf(message, sizeof message, "the option %s %s", run_options[which].flags, what);
  complain(message, help_hint);
  return AK_EXIT_FAILED;
}

/* Whether the word is one of `a, b, c`. */
static int is_choice(const char *choices, const char *word) {
  size_t n = strlen(word);
  for (const char *at = choices; at && n > 0; at = strchr(at, ' ') ? strchr(at, ' ') + 1 : NULL)
    if (!strncmp(at, word, n) && (at[n] == ',' || at[n] == 0)) return 1;
  return 0;
}

static int take(struct run_options *out, enum run_option which, const char *value) {
  /* No default: an option that the header has and nobody takes does not compile. */
  switch (which) {
    case RUN_PROFILE:
      out->profile = value;
      return 0;
    case RUN_AGENT_ID:
      out->agent_id = value;
      return 0;
    case RUN_WITH:
      if (out->with_count == AK_WITH_MAX) return refuse(which, "is given more than 64 times: put the credentials into a profile");
      out->with[out->with_count++] = value;
      return 0;
    case RUN_ENV:
      if (out->env_count == AK_WITH_MAX) return refuse(which, "is given more than 64 times: put the credentials into a profile");
      out->env[out->env_count++] = value;
      return 0;
    case RUN_COLOR:
      return voice_use_colour(value);
    case RUN_HELP:
      return -2;
    case RUN_OPTIONS:
      break;
  }
  return 0;
}

/* Which option a word names, and the value that stands in the same word; RUN_OPTIONS: none of ours. */
static int find_option(char *word, char **value) {
  size_t length = strcspn(word, "=");
  int is_long = word[1] == '-';
  *value = is_long ? (word[length] ? word + length + 1 : NULL) : (word[1] && word[2] ? word + 2 : NULL);
  for (int i = 0; i < RUN_OPTIONS; i++) {
    const char *name = is_long ? run_options[i].name : run_options[i].alias;
    if (name && !strncmp(word, name, is_long ? length : 2) && strlen(name) == (is_long ? length : 2)) return i;
  }
  return RUN_OPTIONS;
}

/* Reads the option at `*i`. 0 to go on, an exit code, or -2 for help. */
static int parse_option(char **argv, int *i, struct run_options *out) {
  char *value, *word = argv[*i];
  int which = find_option(word, &value);
  (*i)++;
  if (which == RUN_OPTIONS) {
    word[strcspn(word, "=")] = 0;
    return refuse_unknown(word);
  }
  if (!run_options[which].takes_value) return value ? refuse(which, "takes no value") : take(out, (enum run_option)which, NULL);
  if (value && word[1] != '-' && value[0] == '=') return refuse(which, "takes its value after a space, or after = behind the long name");
  if (!value) {
    value = argv[*i];
    if (!value || !strcmp(value, "--")) return refuse(which, "needs a value");
    (*i)++;
  }
  if (run_options[which].choices && !is_choice(run_options[which].choices, value)) {
    char rule[128];
    snprintf(rule, sizeof rule, "takes one of: %s", run_options[which].choices);
    return refuse(which, rule);
  }
  return take(out, (enum run_option)which, value);
}

int options_parse(int argc, char **argv, struct run_options *out) {
  int i = 0;
  while (i < argc && argv[i][0] == '-' && argv[i][1]) {
    if (!strcmp(argv[i], "--")) {
      i++;
      break;
    }
    int code = parse_option(argv, &i, out);
    if (code) return code;
  }
  out->command = i < argc ? argv + i : NULL;
  if (out->command || out->profile) return -1;
  complain("no command to run", "for example: agentkeys run --with demo -- printenv DEMO_API_KEY; agentkeys help run shows more");
  return AK_EXIT_FAILED;
}
