/* The agent's environment out of plan, region and context: child_build_environment. Lists are split at 0xff, strings at NUL. */
/* links: spawner/plan.c core/names.c */
#include <sys/mman.h>

#include "fuzz.h"

/* Its memory is counted and given back; a write beyond its end is seen. */
static void *taken[4];
static size_t taken_count;
static void *fuzz_mmap(size_t bytes) {
  DEMAND(taken_count < 4);
  return taken[taken_count++] = calloc(1, bytes);
}
#define mmap(address, bytes, protection, flags, fd, offset) fuzz_mmap(bytes)
#include "spawner/environment.c"
#undef mmap

static const char socket_entry[] = "AGENTKEYS_SOCKET=/run/x/agentkeys.sock";

struct section {
  uint8_t *bytes;
  size_t length;
  uint32_t count;
};

/* Up to the next 0xff. Strings without a NUL at the end get one, unless the section is the region. */
static struct section take_section(struct input *in, int as_it_is) {
  const uint8_t *end = in->left ? memchr(in->at, 0xff, in->left) : NULL;
  struct section s = {.length = 0};
  const uint8_t *from = take_bytes(in, end ? (size_t)(end - in->at) : in->left, &s.length);
  take_byte(in);
  int lacks_nul = !as_it_is && s.length > 0 && from[s.length - 1] != 0;
  s.bytes = copy_of(from, s.length);
  if (lacks_nul) {
    uint8_t *longer = realloc(s.bytes, s.length + 1);
    DEMAND(longer);
    s.bytes = longer;
    s.bytes[s.length++] = 0;
  }
  for (size_t i = 0; i < s.length; i++) s.count += !s.bytes[i];
  return s;
}

static uint8_t *make_plan(uint8_t inherit, struct section lists[4], size_t *length) {
  struct ak_prepare fixed = {.inherit = inherit % 3,
                             .pass_count = lists[0].count,
                             .unset_count = lists[1].count,
                             .set_count = lists[2].count,
                             .secret_count = lists[3].count};
  for (int i = 0; i < 4; i++) fixed.strings_length += (uint32_t)lists[i].length;
  *length = sizeof fixed + fixed.strings_length;
  uint8_t *bytes = malloc(*length), *at = bytes + sizeof fixed;
  DEMAND(bytes);
  memcpy(bytes, &fixed, sizeof fixed);
  for (int i = 0; i < 4; i++) {
    if (lists[i].length) memcpy(at, lists[i].bytes, lists[i].length);
    at += lists[i].length;
  }
  return bytes;
}

static int holds(const struct section *s, const char *entry) {
  return (const uint8_t *)entry >= s->bytes && (const uint8_t *)entry < s->bytes + s->length;
}

static void check_entry(const struct child *c, const struct section *environment, size_t i) {
  const char *entry = c->envp[i];
  size_t length = name_span(entry);
  for (size_t k = 0; k < i; k++) DEMAND(name_span(c->envp[k]) != length || memcmp(c->envp[k], entry, length));
  if (!holds(environment, entry)) return;
  DEMAND(c->plan->inherit != AK_INHERIT_NONE && !matches_any(&c->plan->unset, entry, length));
}

/* Secrets come first and are the region's own bytes, in the order of their names. */
static void check(const struct child *c, const struct section *region, const struct section *environment) {
  const char *name = c->plan->secrets.bytes;
  size_t count = 0;
  while (c->envp[count]) count++;
  DEMAND(count >= c->region_count && count <= c->context.envc + c->plan->set.count + c->region_count + 1);
  for (uint32_t i = 0; i < c->region_count; i++, name = ak_list_next(name)) {
    DEMAND(holds(region, c->envp[i]) && !strncmp(c->envp[i], name, strlen(name)) && c->envp[i][strlen(name)] == '=');
    DEMAND(strlen(c->envp[i]) < AK_STRING_BYTES);
  }
  for (size_t i = 0; i < count; i++) check_entry(c, environment, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct input in = {data, size};
  struct section lists[4], region, environment;
  uint8_t inherit = take_byte(&in);
  for (int i = 0; i < 4; i++) lists[i] = take_section(&in, 0);
  region = take_section(&in, 1);
  environment = take_section(&in, 0);
  size_t length;
  uint8_t *message = make_plan(inherit, lists, &length);
  struct ak_plan plan;
  if (ak_plan_parse(message, length, &plan) == 0 && environment.count <= 512) {
    struct child c = {.plan = &plan, .socket_entry = socket_entry, .region_count = plan.secrets.count};
    c.region.address = region.bytes;
    c.region_used = (uint32_t)region.length;
    c.context.envc = environment.count;
    c.context.env_bytes = (const char *)environment.bytes;
    int bad = child_build_environment(&c);
    DEMAND(bad == 0 || bad == EPROTO || bad == EEXIST || bad == E2BIG);
    if (!bad) check(&c, &region, &environment);
  }
  while (taken_count > 0) free(taken[--taken_count]);
  for (int i = 0; i < 4; i++) free(lists[i].bytes);
  free(region.bytes);
  free(environment.bytes);
  free(message);
  return 0;
}
