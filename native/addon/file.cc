// Descriptors of files and pipes, and the attributes of this process that keep others out.
#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "addon/addon.h"
#include "addon/fail.h"
#include "addon/unique-fd.h"

namespace agentkeys {
namespace {

Napi::Value Pipe(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return FailErrno(env, errno, "pipe2");
  UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  Napi::Array result = Napi::Array::New(env, 2);
  result.Set(0u, Napi::Number::New(env, reader.Get()));
  result.Set(1u, Napi::Number::New(env, writer.Get()));
  if (env.IsExceptionPending()) return env.Undefined();
  reader.Release();
  writer.Release();
  return result;
}

Napi::Value Close(const Napi::CallbackInfo &info) {
  int fd = -1;
  if (!TakeDescriptor(info, 0, &fd)) return info.Env().Undefined();
  // SAFETY: never retried; after EINTR the number is free already.
  if (close(fd) != 0 && errno != EINTR) return FailErrno(info.Env(), errno, "close");
  return info.Env().Undefined();
}

Napi::Value OpenFile(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  std::string path;
  if (!TakePath(info, 0, &path)) return env.Undefined();
  // SAFETY: O_NONBLOCK, so that a fifo put in a file's place cannot hold the thread; O_NOCTTY for a terminal there.
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd.IsOpen()) return FailErrno(env, errno, "open");
  struct stat facts;
  if (fstat(fd.Get(), &facts) != 0) return FailErrno(env, errno, "fstat");
  Napi::Object result = Napi::Object::New(env);
  result.Set("isRegular", Napi::Boolean::New(env, S_ISREG(facts.st_mode)));
  result.Set("uid", Napi::Number::New(env, facts.st_uid));
  result.Set("mode", Napi::Number::New(env, facts.st_mode & 07777));
  result.Set("byteLength", Napi::Number::New(env, static_cast<double>(facts.st_size)));
  result.Set("fd", Napi::Number::New(env, fd.Get()));
  if (env.IsExceptionPending()) return env.Undefined();
  fd.Release();
  return result;
}

Napi::Value Harden(const Napi::CallbackInfo &info) {
  Napi::Env env = info.Env();
  struct rlimit core = {0, 0};
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return FailErrno(env, errno, "PR_SET_DUMPABLE");
  if (setrlimit(RLIMIT_CORE, &core) != 0) return FailErrno(env, errno, "RLIMIT_CORE");
  // Read back: what counts is what the kernel now says.
  if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) return FailErrno(env, EPERM, "PR_GET_DUMPABLE");
  if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
    return FailErrno(env, EPERM, "RLIMIT_CORE");
  return env.Undefined();
}

}  // namespace

void AddFiles(Napi::Env env, Napi::Object exports) {
  exports.Set("pipe", Napi::Function::New<Pipe>(env, "pipe"));
  exports.Set("close", Napi::Function::New<Close>(env, "close"));
  exports.Set("openFile", Napi::Function::New<OpenFile>(env, "openFile"));
  exports.Set("harden", Napi::Function::New<Harden>(env, "harden"));
}

}  // namespace agentkeys
