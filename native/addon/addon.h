// What each file of the addon adds to the exports; src/native/addon.ts says what every function means.
#ifndef AGENTKEYS_ADDON_ADDON_H
#define AGENTKEYS_ADDON_ADDON_H

#include <napi.h>

// Must equal expectedShape in src/native/addon.ts.
#define AGENTKEYS_ADDON_SHAPE 1

namespace agentkeys {

void AddRegions(Napi::Env env, Napi::Object exports);
void AddPeers(Napi::Env env, Napi::Object exports);
void AddMessages(Napi::Env env, Napi::Object exports);
void AddWatch(Napi::Env env, Napi::Object exports);
void AddFiles(Napi::Env env, Napi::Object exports);
void AddLaunch(Napi::Env env, Napi::Object exports);

}  // namespace agentkeys

#endif
