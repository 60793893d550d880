// The public classes and what the core and the parser library know of each other's objects.
#pragma once
#include "graph.h"
#include "state.h"

// A public class of libnvinfer: virtual table at 0, implementation at 8, 16 bytes; it owns its implementation.
#define PUBLIC_CLASS(Public, Hidden)                                                                                   \
    class Public                                                                                                       \
    {                                                                                                                  \
    public:                                                                                                            \
        explicit Public(apiv::Hidden* hidden) : mImpl(hidden) {}                                                       \
        virtual ~Public() noexcept                                                                                     \
        {                                                                                                              \
            delete mImpl;                                                                                              \
        }                                                                                                              \
        apiv::Hidden* mImpl;                                                                                           \
    };                                                                                                                 \
    static_assert(sizeof(Public) == 16)

namespace nvinfer1
{
PUBLIC_CLASS(IBuilder, VBuilder);
PUBLIC_CLASS(IBuilderConfig, VBuilderConfig);
PUBLIC_CLASS(INetworkDefinition, VNetworkDefinition);
PUBLIC_CLASS(ITensor, VTensor);
PUBLIC_CLASS(IHostMemory, VHostMemory);
PUBLIC_CLASS(IRuntime, VRuntime);
PUBLIC_CLASS(ICudaEngine, VCudaEngine);
PUBLIC_CLASS(IExecutionContext, VExecutionContext);
PUBLIC_CLASS(IOptimizationProfile, VOptimizationProfile);
PUBLIC_CLASS(IEngineInspector, VEngineInspector);
PUBLIC_CLASS(ITimingCache, VTimingCache);
PUBLIC_CLASS(IRefitter, VRefitter);
PUBLIC_CLASS(ILayer, VLayer);
class IIdentityLayer : public ILayer
{
public:
    using ILayer::ILayer;
    void* mIdentity = nullptr; // concrete layers have their own implementation at 16
};
static_assert(sizeof(IIdentityLayer) == 24);
}

class MockNetwork;
class MockEngine;

// For the parser library, which is a file of its own as NVIDIA's is.
__attribute__((visibility("default"))) Graph* graphOf(nvinfer1::INetworkDefinition* network);
__attribute__((visibility("default"))) void parserAttached(nvinfer1::INetworkDefinition* network, int delta);
__attribute__((visibility("default"))) void logMessage(nvinfer1::ILogger* logger, nvinfer1::Severity severity, char const* message);
__attribute__((visibility("default"))) bool hasPlugin(std::string const& name);
__attribute__((visibility("default"))) Graph* refittedGraph(nvinfer1::IRefitter* refitter);
__attribute__((visibility("default"))) void parserAttached(nvinfer1::IRefitter* refitter, int delta);

#define CHECK_ALIVE() (reached(__func__), expect(this->alive(), std::string(kName) + " is dead in " + __func__))
