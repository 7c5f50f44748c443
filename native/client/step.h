/* What the value steps share: exit codes that the Node CLI knows, protected memory, and writing to the broker's pipe. */
#ifndef AK_STEP_H
#define AK_STEP_H

#include <stddef.h>
#include <sys/types.h>

#include "core/region.h"

/* Longest value in bytes. */
#define AK_VALUE_MAX 65535
/* Where a step finds the broker's pipe. */
#define AK_STEP_PIPE 3

/* Exit codes of the steps; src/cli/value-steps.ts gives each its words. */
enum {
  STEP_OK = 0,
  STEP_FAILED = 1,
  STEP_TOO_LONG = 3,
  STEP_EMPTY = 4,
  STEP_UNREADABLE = 5,
  STEP_NO_TERMINAL = 6,
  STEP_READER_GONE = 7,
  STEP_NOT_FOUND = 8,
  STEP_TOO_MANY = 9,
  STEP_MANY_LINES = 10,
};

/* Makes this process non-dumpable, and a region of at least `bytes` bytes. 0, or nothing is left behind. */
int step_protect(struct ak_region *region, size_t bytes);
/* Wipes and drops. */
void step_forget(struct ak_region *region);
/* read(2) that waits, whatever the flags of the descriptor are. */
ssize_t step_read(int fd, unsigned char *at, size_t room);
/* STEP_OK, or STEP_READER_GONE. */
int step_write(int fd, const unsigned char *at, size_t length);

/* The steps. `is_quiet`: no remark for a person. */
int step_pour(int is_quiet);
int step_drain(void);
/* prompt.c */
int step_prompt(const char *service);
/* env-steps.c */
int step_env_names(void);
int step_env_value(const char *name);

#endif
