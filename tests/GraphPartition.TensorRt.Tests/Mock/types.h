// The types that the declarations in Layouts/ mention, laid out as TensorRT's public headers lay them out.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

struct CUstream_st;
using cudaStream_t = CUstream_st*;

extern "C" void mock_unexpected(char const* type, int slot);

// A slot that the binding must never call. The name makes each a member of its own.
#define UNUSED(type, slot) virtual void unused_##slot() { mock_unexpected(#type, slot); }

namespace nvinfer1
{
using AsciiChar = char;
enum class Severity : int32_t { kINTERNAL_ERROR = 0, kERROR = 1, kWARNING = 2, kINFO = 3, kVERBOSE = 4 };
enum class ErrorCode : int32_t { kSUCCESS = 0, kINTERNAL_ERROR = 1, kINVALID_VALUE = 4, kINVALID_NODE = 6, kUNSUPPORTED_NODE = 8 };
enum class APILanguage : int32_t { kCPP = 0 };
using ErrorDesc = char const*;
using RefCount = int32_t;
using PluginLibraryHandle = void*;
using NetworkDefinitionCreationFlags = uint32_t;

struct InterfaceInfo
{
    char const* kind;
    int32_t major;
    int32_t minor;
};

#if MOCK_VERSION < 10000
struct Dims
{
    int32_t nbDims;
    int32_t d[8];
};
static_assert(sizeof(Dims) == 36);
#else
struct Dims
{
    int32_t nbDims;
    int64_t d[8];
};
static_assert(sizeof(Dims) == 72);
#endif

class IBuilder;
class IBuilderConfig;
class ICudaEngine;
class IEngineInspector;
class IErrorRecorder;
class IExecutionContext;
class IHostMemory;
class IIdentityLayer;
class ILayer;
class ILogger;
class INetworkDefinition;
class IOptimizationProfile;
class IOutputAllocator;
class IPluginCreator;
class IPluginCreatorInterface;
class IPluginFactory;
class IProfiler;
class IProgressMonitor;
class IRefitter;
class IRuntime;
class ITensor;
class ITimingCache;
}

using SubGraph_t = std::pair<std::vector<size_t>, bool>;
using SubGraphCollection_t = std::vector<SubGraph_t>;

namespace nvonnxparser
{
using nvinfer1::ErrorCode;
class IParserError;
}
