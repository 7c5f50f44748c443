/* argv and envp of the agent: arrays of pointers into the context, the plan and the region; every name once, secrets win. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "core/names.h"
#include "spawner/child.h"

static const char *const minimal[] = {
    "HOME", "LANG", "LANGUAGE", "LC_*", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER", "AGENTKEYS_HOME",
};

/* Open addressing; the slots hold entries of envp, so a name is found without a second copy of it. */
struct names {
  char **slots;
  size_t mask;
};

static size_t name_span(const char *entry) {
  const char *equals = strchr(entry, '=');
  return equals ? (size_t)(equals - entry) : strlen(entry);
}

/* 1 when the name was not there yet. Earlier entries win. */
static int names_add(struct names *names, char *entry) {
  size_t length = name_span(entry);
  uint64_t hash = 1469598103934665603ull;
  for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)entry[i]) * 1099511628211ull;
  for (size_t at = hash & names->mask;; at = (at + 1) & names->mask) {
    char *held = names->slots[at];
    if (!held) {
      names->slots[at] = entry;
      return 1;
    }
    if (name_span(held) == length && !memcmp(held, entry, length)) return 0;
  }
}

static void *fresh(size_t bytes) {
  void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? NULL : at;
}

static int matches_any(const struct ak_list *list, const char *name, size_t length) {
  const char *pattern = list->bytes;
  for (uint32_t i = 0; i < list->count; i++, pattern = ak_list_next(pattern))
    if (ak_name_matches(pattern, name, length)) return 1;
  return 0;
}

static int caller_entry_passes(const struct ak_plan *plan, const char *entry) {
  size_t length = name_span(entry);
  if (matches_any(&plan->unset, entry, length)) return 0;
  if (plan->inherit == AK_INHERIT_CALLER) return 1;
  if (plan->inherit == AK_INHERIT_NONE) return 0;
  for (size_t i = 0; i < sizeof minimal / sizeof minimal[0]; i++)
    if (ak_name_matches(minimal[i], entry, length)) return 1;
  return matches_any(&plan->pass, entry, length);
}

int child_build_arguments(struct child *c) {
  c->argv = fresh(((size_t)c->context.argc + 1) * sizeof *c->argv);
  if (!c->argv) return ENOMEM;
  const char *at = c->context.argv_bytes;
  for (uint32_t i = 0; i < c->context.argc; i++, at = ak_list_next(at)) c->argv[i] = (char *)at;
  return 0;
}

/* The region is the broker's word: exactly the planned names, in their order, each string inside the used bytes. */
static int add_secrets(struct child *c, struct names *names, size_t *n) {
  const char *at = c->region.address;
  const char *end = at + c->region_used;
  const char *name = c->plan->secrets.bytes;
  for (uint32_t i = 0; i < c->region_count; i++, name = ak_list_next(name)) {
    const char *nul = memchr(at, 0, (size_t)(end - at));
    size_t length = strlen(name);
    if (!nul || (size_t)(nul - at) < length + 1 || memcmp(at, name, length) || at[length] != '=') return EPROTO;
    if (nul - at >= AK_STRING_BYTES) return E2BIG;
    if (!names_add(names, (char *)at)) return EEXIST;
    c->envp[(*n)++] = (char *)at;
    at = nul + 1;
  }
  return at == end ? 0 : EPROTO;
}

int child_build_environment(struct child *c) {
  size_t most = (size_t)c->context.envc + c->plan->set.count + c->region_count + 2;
  struct names names = {.mask = 16};
  while (names.mask < 2 * most) names.mask *= 2;
  c->envp = fresh(most * sizeof *c->envp);
  names.slots = fresh(names.mask * sizeof *names.slots);
  names.mask--;
  if (!c->envp || !names.slots) return ENOMEM;
  size_t n = 0;
  int bad = add_secrets(c, &names, &n);
  if (bad) return bad;
  if (names_add(&names, (char *)c->socket_entry)) c->envp[n++] = (char *)c->socket_entry;
  const char *entry = c->plan->set.bytes;
  for (uint32_t i = 0; i < c->plan->set.count; i++, entry = ak_list_next(entry))
    if (names_add(&names, (char *)entry)) c->envp[n++] = (char *)entry;
  entry = c->context.env_bytes;
  for (uint32_t i = 0; i < c->context.envc; i++, entry = ak_list_next(entry))
    if (caller_entry_passes(c->plan, entry) && names_add(&names, (char *)entry)) c->envp[n++] = (char *)entry;
  return 0;
}
