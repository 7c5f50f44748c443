/* The broker's plan for one launch, checked: what the child may add to the caller's environment. */
#include "spawner/plan.h"

#include <errno.h>
#include <string.h>

#include "core/names.h"

const char *ak_list_next(const char *entry) { return entry + strlen(entry) + 1; }

/* Steps over `count` strings that must all end before `end`. */
static int take_list(const char **at, const char *end, uint32_t count, struct ak_list *out) {
  if (count > AK_STRINGS_MAX) return -EPROTO;
  out->bytes = *at;
  out->count = count;
  for (uint32_t i = 0; i < count; i++) {
    const char *nul = memchr(*at, 0, (size_t)(end - *at));
    if (!nul) return -EPROTO;
    *at = nul + 1;
  }
  return 0;
}

/* A compromised broker must not turn "give this agent a key" into "load this library". */
static int names_are_harmless(const struct ak_list *list, int with_value) {
  const char *entry = list->bytes;
  for (uint32_t i = 0; i < list->count; i++, entry = ak_list_next(entry)) {
    size_t length = strlen(entry);
    if (with_value) length = ak_name_length(entry);
    if (length == 0 || ak_name_is_dangerous(entry, length)) return 0;
    if (!with_value && memchr(entry, '=', length)) return 0;
  }
  return 1;
}

/* The profile's rules for the agent. Bounded here as the broker bounds them: its word is not trusted more than that. */
static int take_rules(const struct ak_prepare *prepare, const struct ak_list *directory, struct ak_plan *out) {
  uint64_t files = prepare->open_files, core = prepare->core;
  uint32_t mask = prepare->file_mode_mask;
  if (files != AK_LIMIT_ABSENT && (files < AK_OPEN_FILES_MIN || files > AK_OPEN_FILES_MAX)) return -EPROTO;
  if (core != AK_LIMIT_ABSENT && core > AK_CORE_MAX) return -EPROTO;
  if (mask != AK_MASK_ABSENT && mask > 0777) return -EPROTO;
  if (directory->count > 1) return -EPROTO;
  if (directory->count == 1 && (directory->bytes[0] != '/' || strlen(directory->bytes) >= AK_PATH_BYTES)) return -EPROTO;
  out->directory = directory->count ? directory->bytes : NULL;
  out->open_files = files;
  out->core = core;
  out->file_mode_mask = mask;
  return 0;
}

int ak_plan_parse(const unsigned char *bytes, size_t length, struct ak_plan *out) {
  struct ak_prepare prepare;
  if (length < sizeof prepare) return -EPROTO;
  memcpy(&prepare, bytes, sizeof prepare);
  if (prepare.zero || prepare.inherit > AK_INHERIT_NONE || prepare.label_length > AK_LABEL_MAX) return -EPROTO;
  if (prepare.strings_length > AK_MESSAGE_MAX || prepare.secret_count > AK_VARIABLES_MAX) return -EPROTO;
  if (sizeof prepare + prepare.strings_length + prepare.label_length != length) return -EPROTO;
  const char *at = (const char *)bytes + sizeof prepare;
  const char *end = at + prepare.strings_length;
  out->session = prepare.head.session;
  out->context_device = prepare.context_device;
  out->context_inode = prepare.context_inode;
  out->inherit = prepare.inherit;
  int bad = take_list(&at, end, prepare.pass_count, &out->pass);
  if (!bad) bad = take_list(&at, end, prepare.unset_count, &out->unset);
  if (!bad) bad = take_list(&at, end, prepare.set_count, &out->set);
  if (!bad) bad = take_list(&at, end, prepare.secret_count, &out->secrets);
  struct ak_list directory;
  if (!bad) bad = take_list(&at, end, prepare.directory_count, &directory);
  if (bad || at != end || take_rules(&prepare, &directory, out)) return -EPROTO;
  out->label = end;
  out->label_length = prepare.label_length;
  return names_are_harmless(&out->set, 1) && names_are_harmless(&out->secrets, 0) ? 0 : -EPERM;
}
