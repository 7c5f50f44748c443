/* The words of a command line: options_parse. Input: words, each ended by a NUL. Nothing behind `--` is read as an option or changed. */
/* links: client/options.c */
#include "client/client.h"
#include "fuzz.h"

#define MOST_WORDS 300

int voice_use_colour(const char *when) { return strcmp(when, "never") ? -1 : 0; }

void complain(const char *message, const char *hint) {
  DEMAND(message[0] && hint[0]);
}

/* ATTACK: a value that was typed in the wrong place. What is repeated ends before any equals sign. */
void complain_about(const char *message, const char *subject, const char *hint) {
  complain(message, hint);
  DEMAND(!strchr(subject, '='));
}

/* How many words stand before the command: a pointer of the result lies in one of these. */
static int is_option_word(const char *value, char **words, size_t before) {
  if (!value) return 1;
  for (size_t i = 0; i < before; i++)
    if (value >= words[i] && value <= words[i] + strlen(words[i])) return 1;
  return 0;
}

static void check(const struct run_options *run, char **words, char **copies, size_t count) {
  size_t before = run->command ? (size_t)(run->command - words) : count;
  DEMAND(before <= count);
  /* A lone dash is a word like any other. */
  DEMAND(before == count || words[before][0] != '-' || !words[before][1] || (before > 0 && !strcmp(words[before - 1], "--")));
  for (size_t i = 0; i < count; i++) DEMAND(!strcmp(words[i], copies[i]));
  DEMAND(is_option_word(run->profile, words, before) && is_option_word(run->agent_id, words, before));
  for (size_t i = 0; i < run->with_count; i++) DEMAND(is_option_word(run->with[i], words, before));
  for (size_t i = 0; i < run->env_count; i++) DEMAND(is_option_word(run->env[i], words, before));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char *words[MOST_WORDS + 1], *copies[MOST_WORDS];
  char *text = text_of(data, size), *at = text;
  size_t count = 0;
  for (; at < text + size && count < MOST_WORDS; at += strlen(at) + 1) {
    words[count] = text_of(at, strlen(at));
    copies[count++] = at;
  }
  words[count] = NULL;
  struct run_options run;
  memset(&run, 0, sizeof run);
  if (options_parse((int)count, words, &run) == -1) check(&run, words, copies, count);
  for (size_t i = 0; i < count; i++) free(words[i]);
  free(text);
  return 0;
}
