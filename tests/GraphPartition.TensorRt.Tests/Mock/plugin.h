// What a library of plugins and TensorRT know of each other, laid out as NvInferRuntime.h lays it out: the creators of plugins.
#pragma once
#include "types.h"

namespace nvinfer1
{
class IPluginV2;
struct PluginFieldCollection;

#if !MOCK_RTX && MOCK_VERSION < 100000
// IPluginCreator of 8.x: the name in slot 1, the version in slot 2.
class IPluginCreator
{
public:
    virtual int32_t getTensorRTVersion() const noexcept = 0;
    virtual AsciiChar const* getPluginName() const noexcept = 0;
    virtual AsciiChar const* getPluginVersion() const noexcept = 0;
    virtual PluginFieldCollection const* getFieldNames() noexcept = 0;
    virtual IPluginV2* createPlugin(AsciiChar const* name, PluginFieldCollection const* fields) noexcept = 0;
    virtual IPluginV2* deserializePlugin(AsciiChar const* name, void const* data, size_t length) noexcept = 0;
    virtual void setPluginNamespace(AsciiChar const* space) noexcept = 0;
    virtual AsciiChar const* getPluginNamespace() const noexcept = 0;
    virtual ~IPluginCreator() = default;
};
using Creator = IPluginCreator;
#else
// IPluginCreatorV3One: the name in slot 6, the version in slot 7.
class IPluginCreatorInterface
{
public:
    virtual InterfaceInfo getInterfaceInfo() const noexcept = 0;
    virtual APILanguage getAPILanguage() const noexcept { return APILanguage::kCPP; }
    virtual ~IPluginCreatorInterface() noexcept = default;
};

class IPluginCreatorV3One : public IPluginCreatorInterface
{
public:
    virtual void* createPlugin(AsciiChar const* name, PluginFieldCollection const* fields, int32_t phase) noexcept = 0;
    virtual PluginFieldCollection const* getFieldNames() noexcept = 0;
    virtual AsciiChar const* getPluginName() const noexcept = 0;
    virtual AsciiChar const* getPluginVersion() const noexcept = 0;
    virtual AsciiChar const* getPluginNamespace() const noexcept = 0;
};
using Creator = IPluginCreatorInterface;
#endif
}
