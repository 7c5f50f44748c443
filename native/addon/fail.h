// Arguments in, errors out: the checks that every function of the addon shares.
#ifndef AGENTKEYS_ADDON_FAIL_H
#define AGENTKEYS_ADDON_FAIL_H

#include <napi.h>

#include <cstdint>
#include <string>

namespace agentkeys {

// Throws an Error with `errno` (positive), `syscall` and a message made of just those. Returns undefined.
Napi::Value FailErrno(Napi::Env env, int error, const char *syscall);

// Throws a TypeError that names the argument, never its value. Returns undefined.
Napi::Value FailArgument(Napi::Env env, const char *name);

// Whether the value is a whole number in [least, most].
bool ReadWhole(const Napi::Value &value, int64_t least, int64_t most, int64_t *out);

// A whole number in [least, most]; otherwise a TypeError is pending and the result is false.
bool TakeWhole(const Napi::CallbackInfo &info, size_t index, const char *name, int64_t least, int64_t most, int64_t *out);

// A descriptor number. Negative ones are refused here, so that no call below ever sees AT_FDCWD or -1.
bool TakeDescriptor(const Napi::CallbackInfo &info, size_t index, int *out);

// A path without NUL bytes; otherwise a TypeError is pending and the result is false.
bool TakePath(const Napi::CallbackInfo &info, size_t index, std::string *out);

}  // namespace agentkeys

#endif
