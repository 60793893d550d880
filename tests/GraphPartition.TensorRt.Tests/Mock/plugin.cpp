// A library of plugins as a user would write one, with one plugin: Frobnicate, version 1.
// PLUGIN_EXPORTS: it exports its creators, as TensorRT 8.6 and later load them. PLUGIN_REGISTERS: it registers itself when it is loaded.
#include "plugin.h"

using namespace nvinfer1;

namespace
{
#if !MOCK_RTX && MOCK_VERSION < 100000
class FrobnicateCreator final : public IPluginCreator
{
public:
    int32_t getTensorRTVersion() const noexcept override { return MOCK_VERSION; }
    IPluginV2* createPlugin(AsciiChar const*, PluginFieldCollection const*) noexcept override { return nullptr; }
    IPluginV2* deserializePlugin(AsciiChar const*, void const*, size_t) noexcept override { return nullptr; }
    void setPluginNamespace(AsciiChar const*) noexcept override {}
#else
class FrobnicateCreator final : public IPluginCreatorV3One
{
public:
    InterfaceInfo getInterfaceInfo() const noexcept override { return {"PLUGIN CREATOR_V3ONE", 1, 0}; }
    void* createPlugin(AsciiChar const*, PluginFieldCollection const*, int32_t) noexcept override { return nullptr; }
#endif
    AsciiChar const* getPluginName() const noexcept override { return "Frobnicate"; }
    AsciiChar const* getPluginVersion() const noexcept override { return "1"; }
    PluginFieldCollection const* getFieldNames() noexcept override { return nullptr; }
    AsciiChar const* getPluginNamespace() const noexcept override { return ""; }
};

FrobnicateCreator creator;
[[maybe_unused]] Creator* const all[] = {&creator};
}

#ifdef PLUGIN_EXPORTS
extern "C" __attribute__((visibility("default"))) Creator* const* PLUGIN_EXPORTS(int32_t& count)
{
    count = 1;
    return all;
}
#endif

#ifdef PLUGIN_REGISTERS
__attribute__((visibility("default"))) void registerPlugin(Creator* creator); // the mock's own way, in place of registerCreator
static bool const registered = (registerPlugin(&creator), true);
#endif
