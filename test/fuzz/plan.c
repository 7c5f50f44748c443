/* The plan of a broker that has been taken over: ak_plan_parse. First byte: bit 0, the lengths are made to agree; bit 1, there are no rules. */
/* links: spawner/plan.c core/names.c */
#include "spawner/plan.h"

#include <errno.h>

#include "core/names.h"
#include "fuzz.h"

static void repair(uint8_t *bytes, size_t length, int has_rules) {
  struct ak_prepare fixed;
  if (length < sizeof fixed) return;
  memcpy(&fixed, bytes, sizeof fixed);
  size_t rest = length - sizeof fixed;
  if (fixed.label_length > rest) fixed.label_length = (uint32_t)(rest % 16);
  fixed.strings_length = (uint32_t)(rest - fixed.label_length);
  fixed.zero = 0;
  fixed.inherit %= 3;
  fixed.directory_count %= 2;
  if (!has_rules) {
    fixed.open_files = fixed.core = AK_LIMIT_ABSENT;
    fixed.file_mode_mask = AK_MASK_ABSENT;
    fixed.directory_count = 0;
  }
  uint32_t found = 0, told = fixed.pass_count + fixed.unset_count + fixed.set_count + fixed.directory_count;
  for (size_t i = 0; i < fixed.strings_length; i++) found += !bytes[sizeof fixed + i];
  if (told <= found) fixed.secret_count = found - told;
  memcpy(bytes, &fixed, sizeof fixed);
}

static const char *walk(const struct ak_list *list, const char *at, int with_value, int must_be_harmless) {
  DEMAND(list->bytes == at && list->count <= AK_STRINGS_MAX);
  for (uint32_t i = 0; i < list->count; i++, at = ak_list_next(at)) {
    if (!must_be_harmless) continue;
    size_t length = strcspn(at, "=");
    DEMAND(length > 0 && !ak_name_is_dangerous(at, length));
    DEMAND(with_value ? at[length] == '=' : at[length] == 0);
  }
  return at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 1) return 0;
  size_t length = size - 1;
  uint8_t *bytes = copy_of(data + 1, length);
  if (data[0] & 1) repair(bytes, length, !(data[0] & 2));
  struct ak_plan plan;
  int bad = ak_plan_parse(bytes, length, &plan);
  DEMAND(bad == 0 || bad == -EPROTO || bad == -EPERM);
  if (!bad) {
    DEMAND(length <= sizeof(struct ak_prepare) + AK_MESSAGE_MAX + AK_LABEL_MAX);
    DEMAND(plan.inherit <= AK_INHERIT_NONE && plan.secrets.count <= AK_VARIABLES_MAX && plan.label_length <= AK_LABEL_MAX);
    const char *at = walk(&plan.pass, (const char *)bytes + sizeof(struct ak_prepare), 0, 0);
    at = walk(&plan.unset, at, 0, 0);
    at = walk(&plan.set, at, 1, 1);
    at = walk(&plan.secrets, at, 0, 1);
    if (plan.directory) {
      DEMAND(plan.directory == at && at[0] == '/');
      at = ak_list_next(at);
    }
    DEMAND(plan.open_files == AK_LIMIT_ABSENT || (plan.open_files >= 3 && plan.open_files <= AK_OPEN_FILES_MAX));
    DEMAND(plan.file_mode_mask == AK_MASK_ABSENT || plan.file_mode_mask <= 0777);
    DEMAND(at == plan.label && at + plan.label_length == (const char *)bytes + length);
  }
  free(bytes);
  return 0;
}
