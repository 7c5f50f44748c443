// What the broker learns about its paths and about a launch that a client asks for.
#include <errno.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>
#include <new>

#include "addon/addon.h"
#include "addon/fail.h"

extern "C" {
#include "core/context.h"
#include "core/paths.h"
}

namespace agentkeys {
namespace {

// False where the bytes are not UTF-8: as a string they would name another file.
bool SetPath(Napi::Env env, Napi::Object result, const char *name, const char *path) {
  Napi::String text = Napi::String::New(env, path);
  result.Set(name, text);
  return text.Utf8Value() == path;
}

Napi::Value Paths(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::unique_ptr<struct ak_paths> paths(new (std::nothrow) struct ak_paths());
  if (paths == nullptr) return FailErrno(env, ENOMEM, "malloc");
  int error = ak_paths_resolve(paths.get());
  if (error != 0) return FailErrno(env, -error, "paths");
  Napi::Object result = Napi::Object::New(env);
  if (!SetPath(env, result, "config", paths->config) || !SetPath(env, result, "state", paths->state) ||
      !SetPath(env, result, "run", paths->run) || !SetPath(env, result, "socket", paths->socket))
    return FailErrno(env, EILSEQ, "paths");
  return result;
}

// What is shown and decided on. Eight MiB can be eight million empty arguments, and as many objects held the loop for 15 seconds.
constexpr uint32_t kMostArguments = 256;

// Unmaps a launch context when the function ends.
class MappedContext {
 public:
  explicit MappedContext(int memfd) : error_(ak_context_map(memfd, &context_)) {}
  MappedContext(const MappedContext &) = delete;
  MappedContext &operator=(const MappedContext &) = delete;
  ~MappedContext() {
    if (error_ == 0) ak_context_unmap(&context_);
  }

  struct ak_context context_ = {};
  int error_;
};

Napi::Value ContextFacts(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int memfd = -1;
  if (!TakeDescriptor(info, 0, &memfd)) return env.Undefined();
  // The name of the file behind the descriptor: the spawner demands that it gets the same one from the client itself.
  struct stat facts;
  if (fstat(memfd, &facts) != 0) return FailErrno(env, errno, "fstat");
  MappedContext mapped(memfd);
  if (mapped.error_ != 0) return FailErrno(env, -mapped.error_, "context");
  const struct ak_context &context = mapped.context_;
  uint32_t count = context.argc < kMostArguments ? context.argc : kMostArguments;
  Napi::Array argv = Napi::Array::New(env, count);
  size_t at = 0;
  for (uint32_t index = 0; index < count; index++) {
    // SAFETY: strnlen stays inside what the map call has bounded, whatever it promised about the number of strings.
    size_t length = strnlen(context.argv_bytes + at, context.argv_length - at);
    if (at + length >= context.argv_length) return FailErrno(env, EPROTO, "context");
    argv.Set(index, Napi::Buffer<char>::Copy(env, context.argv_bytes + at, length));
    at += length + 1;
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("argv", argv);
  result.Set("device", Napi::BigInt::New(env, static_cast<uint64_t>(facts.st_dev)));
  result.Set("inode", Napi::BigInt::New(env, static_cast<uint64_t>(facts.st_ino)));
  return result;
}

}  // namespace

void AddLaunch(Napi::Env env, Napi::Object exports) {
  exports.Set("paths", Napi::Function::New<Paths>(env, "paths"));
  exports.Set("contextFacts", Napi::Function::New<ContextFacts>(env, "contextFacts"));
}

}  // namespace agentkeys
