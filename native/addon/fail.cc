#include "addon/fail.h"

#include <uv.h>

#include <climits>
#include <cmath>

namespace agentkeys {

Napi::Value FailErrno(Napi::Env env, int error, const char *syscall) {
  Napi::Error failure = Napi::Error::New(env, std::string(syscall) + ": " + uv_err_name(-error));
  Napi::Object fields = failure.Value();
  fields.Set("errno", Napi::Number::New(env, error));
  fields.Set("syscall", Napi::String::New(env, syscall));
  failure.ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Value FailArgument(Napi::Env env, const char *name) {
  Napi::TypeError::New(env, std::string("not a valid argument: ") + name).ThrowAsJavaScriptException();
  return env.Undefined();
}

bool ReadWhole(const Napi::Value &value, int64_t least, int64_t most, int64_t *out) {
  double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  // Written so that NaN fails: the conversion below is undefined outside the range.
  bool is_inside = number >= static_cast<double>(least) && number <= static_cast<double>(most);
  if (!is_inside || number != std::floor(number)) return false;
  *out = static_cast<int64_t>(number);
  return true;
}

bool TakeWhole(const Napi::CallbackInfo &info, size_t index, const char *name, int64_t least, int64_t most,
               int64_t *out) {
  if (ReadWhole(info[index], least, most, out)) return true;
  FailArgument(info.Env(), name);
  return false;
}

bool TakeDescriptor(const Napi::CallbackInfo &info, size_t index, int *out) {
  int64_t value = 0;
  if (!TakeWhole(info, index, "descriptor", 0, INT_MAX, &value)) return false;
  *out = static_cast<int>(value);
  return true;
}

bool TakePath(const Napi::CallbackInfo &info, size_t index, std::string *out) {
  if (info[index].IsString()) *out = info[index].As<Napi::String>().Utf8Value();
  // A NUL byte would cut the path short: what was checked would not be what is opened.
  if (!info[index].IsString() || out->empty() || out->find('\0') != std::string::npos) {
    FailArgument(info.Env(), "path");
    return false;
  }
  return true;
}

}  // namespace agentkeys
