// Readiness of one descriptor through Node's event loop.
#include <errno.h>
#include <uv.h>

#include <memory>
#include <new>

#include "addon/addon.h"
#include "addon/fail.h"

namespace agentkeys {
namespace {

constexpr int kEventBits = UV_READABLE | UV_WRITABLE;

// INVARIANT: while poll_ is set the object holds a strong reference to itself; Close drops both, once.
class Watch : public Napi::ObjectWrap<Watch> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Watch", {InstanceMethod<&Watch::Set>("set"), InstanceMethod<&Watch::CloseCall>("close")});
  }

  explicit Watch(const Napi::CallbackInfo &info) : Napi::ObjectWrap<Watch>(info), context_(info.Env(), "agentkeys") {
    Napi::Env env = info.Env();
    int fd = -1;
    int64_t events = 0;
    if (!TakeDescriptor(info, 0, &fd) || !TakeWhole(info, 1, "events", 0, kEventBits, &events)) return;
    if (!info[2].IsFunction()) {
      FailArgument(env, "callback");
      return;
    }
    uv_loop_t *loop = nullptr;
    if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
      FailErrno(env, ENOTSUP, "uv_loop");
      return;
    }
    std::unique_ptr<uv_poll_t> poll(new (std::nothrow) uv_poll_t());
    int result = poll == nullptr ? UV_ENOMEM : uv_poll_init(loop, poll.get(), fd);
    if (result != 0) {
      FailErrno(env, -result, "uv_poll_init");
      return;
    }
    poll_ = poll.release();
    poll_->data = this;
    callback_ = Napi::Persistent(info[2].As<Napi::Function>());
    Ref();
    Start(static_cast<int>(events));
  }

  // Reached while still open only when the environment is torn down.
  ~Watch() override { ClosePoll(); }

 private:
  Napi::Value Set(const Napi::CallbackInfo &info) {
    int64_t events = 0;
    if (!TakeWhole(info, 0, "events", 0, kEventBits, &events)) return info.Env().Undefined();
    if (poll_ == nullptr) return FailErrno(info.Env(), EBADF, "uv_poll_start");
    Start(static_cast<int>(events));
    return info.Env().Undefined();
  }

  Napi::Value CloseCall(const Napi::CallbackInfo &info) {
    if (poll_ == nullptr) return info.Env().Undefined();
    ClosePoll();
    // SAFETY: the callback usually reaches this object again; a strong reference to it would keep both, and all they know, for ever.
    callback_.Reset();
    Unref();
    return info.Env().Undefined();
  }

  void Start(int events) {
    events_ = events;
    int result = events == 0 ? uv_poll_stop(poll_) : uv_poll_start(poll_, events, OnReady);
    if (result != 0) FailErrno(Env(), -result, "uv_poll_start");
  }

  // SAFETY: uv_close removes the descriptor from epoll before it returns and voids events already fetched. A descriptor
  // that another process still holds would otherwise keep its registration after close, under a number that is reused.
  void ClosePoll() {
    if (poll_ == nullptr) return;
    poll_->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t *>(poll_),
             [](uv_handle_t *closed) { delete reinterpret_cast<uv_poll_t *>(closed); });
    poll_ = nullptr;
  }

  static void OnReady(uv_poll_t *poll, int status, int events) {
    Watch *watch = static_cast<Watch *>(poll->data);
    if (watch == nullptr) return;
    Napi::Env env = watch->Env();
    Napi::HandleScope scope(env);
    // libuv reports an error condition without events, and stops: the caller's next call on the descriptor names it.
    napi_value argument = Napi::Number::New(env, status < 0 ? watch->events_ : events);
    napi_value receiver = Napi::Object::New(env);
    napi_value ignored = nullptr;
    // SAFETY: MakeCallback, so that promises and ticks of the callback run. `watch` may be closed when it returns.
    napi_make_callback(env, watch->context_, receiver, watch->callback_.Value(), 1, &argument, &ignored);
    // SAFETY: an exception left pending would turn every later callback into a no-op while epoll stays readable.
    bool is_pending = false;
    napi_value thrown = nullptr;
    if (napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending &&
        napi_get_and_clear_last_exception(env, &thrown) == napi_ok)
      napi_fatal_exception(env, thrown);
  }

  Napi::AsyncContext context_;
  Napi::FunctionReference callback_;
  uv_poll_t *poll_ = nullptr;
  int events_ = 0;
};

struct Classes {
  Napi::FunctionReference watch;
};

Napi::Value MakeWatch(const Napi::CallbackInfo &info) {
  return info.Env().GetInstanceData<Classes>()->watch.New({info[0], info[1], info[2]});
}

}  // namespace

void AddWatch(Napi::Env env, Napi::Object exports) {
  Classes *classes = new Classes();
  classes->watch = Napi::Persistent(Watch::Define(env));
  env.SetInstanceData(classes);
  exports.Set("watch", Napi::Function::New<MakeWatch>(env, "watch"));
}

}  // namespace agentkeys
