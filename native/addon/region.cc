// Secret regions as opaque handles: JavaScript sees bytes only for the length of one call.
#include "core/region.h"

#include <errno.h>
#include <unistd.h>

#include <memory>
#include <new>

#include "addon/addon.h"
#include "addon/fail.h"

namespace agentkeys {
namespace {

// Tells our handles from every other external value that JavaScript may hold.
constexpr napi_type_tag kRegionTag = {0x61676e746b657973, 0x7265676973747279};

// The owner of one mapping and its descriptor.
class Region {
 public:
  Region() = default;
  Region(const Region &) = delete;
  Region &operator=(const Region &) = delete;
  // Reached by a region that nobody dropped: its bytes are still ours alone to end.
  ~Region() {
    ak_region_wipe(&region_);
    ak_region_drop(&region_);
  }

  struct ak_region region_ = {nullptr, 0, -1, 0};
  // How many regionUse calls are on the stack: a mapping never goes away under a lent buffer.
  int uses_ = 0;
};

Region *FindRegion(const Napi::CallbackInfo &info) {
  Napi::Value value = info[0];
  if (!value.IsExternal() || !value.As<Napi::External<Region>>().CheckTypeTag(&kRegionTag)) {
    FailArgument(info.Env(), "region");
    return nullptr;
  }
  return value.As<Napi::External<Region>>().Data();
}

Region *RequireMapped(const Napi::CallbackInfo &info) {
  Region *region = FindRegion(info);
  if (region != nullptr && region->region_.address == nullptr) {
    FailErrno(info.Env(), EBADF, "region");
    return nullptr;
  }
  return region;
}

Napi::Value RegionCreate(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int64_t bytes = 0;
  if (!TakeWhole(info, 0, "byteLength", 1, static_cast<int64_t>(AK_REGION_MAX), &bytes)) return env.Undefined();
  if (!info[1].IsBoolean()) return FailArgument(env, "fallback");
  std::unique_ptr<Region> region(new (std::nothrow) Region());
  if (region == nullptr) return FailErrno(env, ENOMEM, "malloc");
  int result = ak_region_create(&region->region_, static_cast<size_t>(bytes), info[1].As<Napi::Boolean>().Value());
  if (result != 0) return FailErrno(env, -result, "region");
  auto handle =
      Napi::External<Region>::New(env, region.release(), [](Napi::BasicEnv, Region *dropped) { delete dropped; });
  handle.TypeTag(&kRegionTag);
  return handle;
}

Napi::Value RegionInfo(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const Region *region = FindRegion(info);
  if (region == nullptr) return env.Undefined();
  const struct ak_region &facts = region->region_;
  Napi::Object result = Napi::Object::New(env);
  result.Set("byteLength", Napi::Number::New(env, static_cast<double>(facts.length)));
  result.Set("kind", Napi::String::New(env, facts.kind == AK_REGION_SECRETMEM ? "secretmem" : "locked"));
  result.Set("isOpen", Napi::Boolean::New(env, facts.address != nullptr));
  result.Set("descriptor", Napi::Number::New(env, facts.fd));
  return result;
}

// SAFETY: the memory is the region's, so the buffer's end frees nothing.
void KeepBytes(napi_env, void *, void *) {}

Napi::Value RegionUse(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  Region *region = RequireMapped(info);
  if (region == nullptr) return env.Undefined();
  if (!info[1].IsFunction()) return FailArgument(env, "callback");
  napi_value buffer = nullptr;
  napi_value ignored = nullptr;
  if (napi_create_external_arraybuffer(env, region->region_.address, region->region_.length, KeepBytes, nullptr,
                                       &buffer) != napi_ok)
    return FailErrno(env, ENOTSUP, "arraybuffer");
  region->uses_++;
  // The status may be a pending exception: it stays pending while the buffer is taken back, and travels on after that.
  napi_call_function(env, env.Undefined(), info[1], 1, &buffer, &ignored);
  region->uses_--;
  bool was_moved = false;
  // SAFETY: a buffer that is detached already was transferred: another ArrayBuffer now spans memory that we will unmap
  // or refill. No error could take it back, so the process ends before anybody reads it.
  if (napi_is_detached_arraybuffer(env, buffer, &was_moved) != napi_ok || was_moved ||
      napi_detach_arraybuffer(env, buffer) != napi_ok) {
    ak_region_wipe(&region->region_);
    napi_fatal_error("regionUse", NAPI_AUTO_LENGTH, "secret bytes left their region", NAPI_AUTO_LENGTH);
  }
  return env.Undefined();
}

Napi::Value RegionReadFrom(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const Region *region = RequireMapped(info);
  int64_t offset = 0;
  int fd = -1;
  // An offset at the end is refused: read(2) of no bytes would look like end of file.
  if (region == nullptr ||
      !TakeWhole(info, 1, "offset", 0, static_cast<int64_t>(region->region_.length) - 1, &offset) ||
      !TakeDescriptor(info, 2, &fd))
    return env.Undefined();
  char *start = static_cast<char *>(region->region_.address) + offset;
  ssize_t count;
  do count = read(fd, start, region->region_.length - static_cast<size_t>(offset));
  while (count < 0 && errno == EINTR);
  if (count < 0 && errno != EAGAIN) return FailErrno(env, errno, "read");
  return Napi::Number::New(env, static_cast<double>(count));
}

Napi::Value RegionWriteTo(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  const Region *region = RequireMapped(info);
  int64_t offset = 0;
  int64_t bytes = 0;
  int fd = -1;
  if (region == nullptr || !TakeWhole(info, 1, "offset", 0, static_cast<int64_t>(region->region_.length), &offset) ||
      !TakeWhole(info, 2, "byteLength", 0, static_cast<int64_t>(region->region_.length) - offset, &bytes) ||
      !TakeDescriptor(info, 3, &fd))
    return env.Undefined();
  const char *start = static_cast<const char *>(region->region_.address) + offset;
  ssize_t count;
  // SAFETY: Node ignores SIGPIPE from its start, so a reader that went away is EPIPE.
  do count = write(fd, start, static_cast<size_t>(bytes));
  while (count < 0 && errno == EINTR);
  if (count < 0 && errno != EAGAIN) return FailErrno(env, errno, "write");
  return Napi::Number::New(env, static_cast<double>(count));
}

Napi::Value RegionWipe(const Napi::CallbackInfo &info) {
  const Region *region = FindRegion(info);
  if (region != nullptr) ak_region_wipe(&region->region_);
  return info.Env().Undefined();
}

Napi::Value RegionSeal(const Napi::CallbackInfo &info) {
  Region *region = FindRegion(info);
  if (region != nullptr) ak_region_close(&region->region_);
  return info.Env().Undefined();
}

Napi::Value RegionDrop(const Napi::CallbackInfo &info) {
  Region *region = FindRegion(info);
  if (region == nullptr) return info.Env().Undefined();
  if (region->uses_ > 0) return FailErrno(info.Env(), EBUSY, "region");
  ak_region_drop(&region->region_);
  return info.Env().Undefined();
}

}  // namespace

void AddRegions(Napi::Env env, Napi::Object exports) {
  exports.Set("regionCreate", Napi::Function::New<RegionCreate>(env, "regionCreate"));
  exports.Set("regionInfo", Napi::Function::New<RegionInfo>(env, "regionInfo"));
  exports.Set("regionUse", Napi::Function::New<RegionUse>(env, "regionUse"));
  exports.Set("regionReadFrom", Napi::Function::New<RegionReadFrom>(env, "regionReadFrom"));
  exports.Set("regionWriteTo", Napi::Function::New<RegionWriteTo>(env, "regionWriteTo"));
  exports.Set("regionWipe", Napi::Function::New<RegionWipe>(env, "regionWipe"));
  exports.Set("regionSeal", Napi::Function::New<RegionSeal>(env, "regionSeal"));
  exports.Set("regionDrop", Napi::Function::New<RegionDrop>(env, "regionDrop"));
}

}  // namespace agentkeys
