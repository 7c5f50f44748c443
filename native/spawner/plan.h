/* The broker's plan for one launch, checked: what the child may add to the caller's environment. */
#ifndef AK_SPAWNER_PLAN_H
#define AK_SPAWNER_PLAN_H

#include <stddef.h>
#include <stdint.h>

#include "core/plan.h"

struct ak_list {
  const char *bytes; /* `count` NUL-terminated strings back to back */
  uint32_t count;
};

struct ak_plan {
  uint64_t session;
  uint64_t context_device, context_inode;
  uint32_t inherit;
  struct ak_list pass, unset, set, secrets;
  const char *directory; /* absolute; NULL: the caller's */
  uint64_t open_files, core; /* AK_LIMIT_ABSENT: the caller's */
  uint32_t file_mode_mask; /* AK_MASK_ABSENT: the caller's */
  const char *label; /* the broker's own words about the session, given back to the next broker */
  uint32_t label_length;
};

/* Reads an AK_PREPARE message; pointers stay inside `bytes`. 0, -EPROTO malformed, -EPERM a name that must not be set. */
int ak_plan_parse(const unsigned char *bytes, size_t length, struct ak_plan *out);

/* The string after `entry`. */
const char *ak_list_next(const char *entry);

#endif
