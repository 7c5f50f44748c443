#include "addon/addon.h"

namespace agentkeys {

static Napi::Object Initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("shape", Napi::Number::New(env, AGENTKEYS_ADDON_SHAPE));
  AddRegions(env, exports);
  AddPeers(env, exports);
  AddMessages(env, exports);
  AddWatch(env, exports);
  AddFiles(env, exports);
  AddLaunch(env, exports);
  return exports;
}

NODE_API_MODULE(agentkeys, Initialise)

}  // namespace agentkeys
