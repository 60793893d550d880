// Written by tools/trt-tables: the virtual tables of release 8.5.3 as far as the mock library needs them.
#pragma once
#define MOCK_VERSION 8503
#define MOCK_RTX 0
#include "../types.h"
namespace nvinfer1 { enum class BuilderFlag : int32_t { kFP16 = 0, kREFIT = 5, kTF32 = 7, kSPARSE_WEIGHTS = 8 }; }
#define NO_BuilderFlag_kBF16 1
#define NO_BuilderFlag_kVERSION_COMPATIBLE 1
#define NO_BuilderFlag_kEXCLUDE_LEAN_RUNTIME 1
#define NO_BuilderFlag_kSTRIP_PLAN 1
#define NO_BuilderFlag_kWEIGHT_STREAMING 1
namespace nvinfer1 { enum class NetworkDefinitionCreationFlag : int32_t { kEXPLICIT_BATCH = 0 }; }
#define NO_NetworkDefinitionCreationFlag_kSTRONGLY_TYPED 1
namespace nvinfer1 { enum class DataType : int32_t { kFLOAT = 0, kHALF = 1, kINT8 = 2, kINT32 = 3, kBOOL = 4, kUINT8 = 5 }; }
#define NO_DataType_kFP8 1
#define NO_DataType_kBF16 1
#define NO_DataType_kINT64 1
#define NO_DataType_kINT4 1
#define NO_DataType_kFP4 1
#define NO_DataType_kE8M0 1
namespace nvinfer1 { enum class MemoryPoolType : int32_t { kWORKSPACE = 0 }; }
namespace nvinfer1 { enum class ProfilingVerbosity : int32_t { kLAYER_NAMES_ONLY = 0, kNONE = 1, kDETAILED = 2 }; }
namespace nvinfer1 { enum class HardwareCompatibilityLevel : int32_t {  }; }
#define NO_HardwareCompatibilityLevel_kNONE 1
#define NO_HardwareCompatibilityLevel_kAMPERE_PLUS 1
#define NO_HardwareCompatibilityLevel_kSAME_COMPUTE_CAPABILITY 1
namespace nvinfer1 { enum class ComputeCapability : int32_t {  }; }
#define NO_ComputeCapability_kSM75 1
#define NO_ComputeCapability_kSM80 1
#define NO_ComputeCapability_kSM86 1
#define NO_ComputeCapability_kSM89 1
#define NO_ComputeCapability_kSM120 1
#define NO_ComputeCapability_kSM121 1
namespace nvinfer1 { enum class OptProfileSelector : int32_t { kMIN = 0, kOPT = 1, kMAX = 2 }; }
namespace nvinfer1 { enum class TensorIOMode : int32_t { kINPUT = 1, kOUTPUT = 2 }; }
namespace nvinfer1 { enum class TensorLocation : int32_t { kDEVICE = 0, kHOST = 1 }; }
namespace nvinfer1 { enum class LayerType : int32_t { kIDENTITY = 21 }; }
namespace nvinfer1 { enum class LayerInformationFormat : int32_t { kJSON = 1 }; }
namespace nvinfer1 { enum class ExecutionContextAllocationStrategy : int32_t {  }; }
#define NO_ExecutionContextAllocationStrategy_kSTATIC 1
#define NO_ExecutionContextAllocationStrategy_kUSER_MANAGED 1
namespace nvinfer1 {
class ILogger
{
public:
    virtual void log(Severity severity, AsciiChar const* msg) noexcept = 0;
    virtual ~ILogger() noexcept = default;
};
}
namespace nvinfer1 {
class IErrorRecorder
{
public:
    virtual ~IErrorRecorder() noexcept = default;
    virtual int32_t getNbErrors() const noexcept = 0;
    virtual ErrorCode getErrorCode(int32_t errorIdx) const noexcept = 0;
    virtual ErrorDesc getErrorDesc(int32_t errorIdx) const noexcept = 0;
    virtual bool hasOverflowed() const noexcept = 0;
    virtual void clear() noexcept = 0;
    virtual bool reportError(ErrorCode val, ErrorDesc desc) noexcept = 0;
    virtual RefCount incRefCount() noexcept = 0;
    virtual RefCount decRefCount() noexcept = 0;
};
}
#define NO_IProgressMonitor 1
namespace nvinfer1 {
class IOutputAllocator
{
public:
    virtual int32_t getInterfaceVersion() const noexcept = 0;
    virtual void* reallocateOutput(char const* tensorName, void* currentMemory, uint64_t size, uint64_t alignment) noexcept = 0;
    virtual void notifyShape(char const* tensorName, Dims const& dims) noexcept = 0;
    virtual ~IOutputAllocator() noexcept = default;
};
}
namespace nvinfer1 {
class IProfiler
{
public:
    virtual void reportLayerTime(char const* layerName, float ms) noexcept = 0;
    virtual ~IProfiler() noexcept = default;
};
}
namespace nvinfer1::apiv {
class VBuilder
{
public:
    virtual ~VBuilder() noexcept = default;
    UNUSED(VBuilder, 2) UNUSED(VBuilder, 3) UNUSED(VBuilder, 4) UNUSED(VBuilder, 5) UNUSED(VBuilder, 6)
    UNUSED(VBuilder, 7) UNUSED(VBuilder, 8)
    virtual nvinfer1::IBuilderConfig* createBuilderConfig() noexcept = 0;
    UNUSED(VBuilder, 10)
    virtual nvinfer1::INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept = 0;
    virtual nvinfer1::IOptimizationProfile* createOptimizationProfile() noexcept = 0;
    virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
    UNUSED(VBuilder, 14) UNUSED(VBuilder, 15) UNUSED(VBuilder, 16)
    virtual nvinfer1::IHostMemory* buildSerializedNetwork(INetworkDefinition& network, IBuilderConfig& config) noexcept = 0;
    UNUSED(VBuilder, 18) UNUSED(VBuilder, 19)
    virtual bool setMaxThreads(int32_t maxThreads) noexcept = 0;
    UNUSED(VBuilder, 21)
};
}
#define NO_VBuilderConfig_setBuilderOptimizationLevel 1
#define NO_VBuilderConfig_setHardwareCompatibilityLevel 1
#define NO_VBuilderConfig_setMaxAuxStreams 1
#define NO_VBuilderConfig_setProgressMonitor 1
#define NO_VBuilderConfig_setNbComputeCapabilities 1
#define NO_VBuilderConfig_setComputeCapability 1
namespace nvinfer1::apiv {
class VBuilderConfig
{
public:
    virtual ~VBuilderConfig() noexcept = default;
    UNUSED(VBuilderConfig, 2) UNUSED(VBuilderConfig, 3) UNUSED(VBuilderConfig, 4) UNUSED(VBuilderConfig, 5)
    UNUSED(VBuilderConfig, 6) UNUSED(VBuilderConfig, 7) UNUSED(VBuilderConfig, 8) UNUSED(VBuilderConfig, 9)
    UNUSED(VBuilderConfig, 10) UNUSED(VBuilderConfig, 11) UNUSED(VBuilderConfig, 12) UNUSED(VBuilderConfig, 13)
    virtual void clearFlag(BuilderFlag builderFlag) noexcept = 0;
    virtual void setFlag(BuilderFlag builderFlag) noexcept = 0;
    UNUSED(VBuilderConfig, 16) UNUSED(VBuilderConfig, 17) UNUSED(VBuilderConfig, 18) UNUSED(VBuilderConfig, 19)
    UNUSED(VBuilderConfig, 20) UNUSED(VBuilderConfig, 21) UNUSED(VBuilderConfig, 22) UNUSED(VBuilderConfig, 23)
    UNUSED(VBuilderConfig, 24) UNUSED(VBuilderConfig, 25) UNUSED(VBuilderConfig, 26) UNUSED(VBuilderConfig, 27)
    UNUSED(VBuilderConfig, 28)
    virtual int32_t addOptimizationProfile(IOptimizationProfile const* profile) noexcept = 0;
    UNUSED(VBuilderConfig, 30)
    virtual void setProfilingVerbosity(ProfilingVerbosity verbosity) noexcept = 0;
    UNUSED(VBuilderConfig, 32) UNUSED(VBuilderConfig, 33) UNUSED(VBuilderConfig, 34) UNUSED(VBuilderConfig, 35)
    UNUSED(VBuilderConfig, 36) UNUSED(VBuilderConfig, 37) UNUSED(VBuilderConfig, 38) UNUSED(VBuilderConfig, 39)
    UNUSED(VBuilderConfig, 40) UNUSED(VBuilderConfig, 41) UNUSED(VBuilderConfig, 42) UNUSED(VBuilderConfig, 43)
    virtual nvinfer1::ITimingCache* createTimingCache(void const* blob, std::size_t size) const noexcept = 0;
    virtual bool setTimingCache(ITimingCache const& cache, bool ignoreMismatch) noexcept = 0;
    UNUSED(VBuilderConfig, 46)
    virtual void setMemoryPoolLimit(MemoryPoolType pool, std::size_t poolSize) noexcept = 0;
    UNUSED(VBuilderConfig, 48) UNUSED(VBuilderConfig, 49) UNUSED(VBuilderConfig, 50)
};
}
namespace nvinfer1::apiv {
class VNetworkDefinition
{
public:
    virtual ~VNetworkDefinition() noexcept = default;
    virtual ITensor* addInput(char const* name, DataType type, Dims dimensions) noexcept = 0;
    UNUSED(VNetworkDefinition, 3) UNUSED(VNetworkDefinition, 4) UNUSED(VNetworkDefinition, 5)
    UNUSED(VNetworkDefinition, 6) UNUSED(VNetworkDefinition, 7) UNUSED(VNetworkDefinition, 8)
    UNUSED(VNetworkDefinition, 9) UNUSED(VNetworkDefinition, 10) UNUSED(VNetworkDefinition, 11)
    UNUSED(VNetworkDefinition, 12) UNUSED(VNetworkDefinition, 13) UNUSED(VNetworkDefinition, 14)
    UNUSED(VNetworkDefinition, 15) UNUSED(VNetworkDefinition, 16)
    virtual int32_t getNbLayers() const noexcept = 0;
    UNUSED(VNetworkDefinition, 18)
    virtual int32_t getNbInputs() const noexcept = 0;
    virtual ITensor* getInput(int32_t index) const noexcept = 0;
    UNUSED(VNetworkDefinition, 21) UNUSED(VNetworkDefinition, 22) UNUSED(VNetworkDefinition, 23)
    UNUSED(VNetworkDefinition, 24) UNUSED(VNetworkDefinition, 25) UNUSED(VNetworkDefinition, 26)
    UNUSED(VNetworkDefinition, 27) UNUSED(VNetworkDefinition, 28) UNUSED(VNetworkDefinition, 29)
    virtual IIdentityLayer* addIdentity(ITensor& input) noexcept = 0;
    UNUSED(VNetworkDefinition, 31) UNUSED(VNetworkDefinition, 32) UNUSED(VNetworkDefinition, 33)
    UNUSED(VNetworkDefinition, 34)
    virtual void setName(char const* name) noexcept = 0;
    UNUSED(VNetworkDefinition, 36) UNUSED(VNetworkDefinition, 37) UNUSED(VNetworkDefinition, 38)
    UNUSED(VNetworkDefinition, 39) UNUSED(VNetworkDefinition, 40) UNUSED(VNetworkDefinition, 41)
    UNUSED(VNetworkDefinition, 42) UNUSED(VNetworkDefinition, 43) UNUSED(VNetworkDefinition, 44)
    UNUSED(VNetworkDefinition, 45) UNUSED(VNetworkDefinition, 46) UNUSED(VNetworkDefinition, 47)
    UNUSED(VNetworkDefinition, 48) UNUSED(VNetworkDefinition, 49) UNUSED(VNetworkDefinition, 50)
    UNUSED(VNetworkDefinition, 51) UNUSED(VNetworkDefinition, 52) UNUSED(VNetworkDefinition, 53)
    UNUSED(VNetworkDefinition, 54) UNUSED(VNetworkDefinition, 55) UNUSED(VNetworkDefinition, 56)
    UNUSED(VNetworkDefinition, 57) UNUSED(VNetworkDefinition, 58) UNUSED(VNetworkDefinition, 59)
    UNUSED(VNetworkDefinition, 60) UNUSED(VNetworkDefinition, 61) UNUSED(VNetworkDefinition, 62)
    UNUSED(VNetworkDefinition, 63) UNUSED(VNetworkDefinition, 64) UNUSED(VNetworkDefinition, 65)
};
}
namespace nvinfer1::apiv {
class VLayer
{
public:
    virtual ~VLayer() noexcept = default;
    virtual LayerType getType() const noexcept = 0;
    UNUSED(VLayer, 3) UNUSED(VLayer, 4) UNUSED(VLayer, 5) UNUSED(VLayer, 6) UNUSED(VLayer, 7) UNUSED(VLayer, 8)
    UNUSED(VLayer, 9) UNUSED(VLayer, 10) UNUSED(VLayer, 11) UNUSED(VLayer, 12) UNUSED(VLayer, 13) UNUSED(VLayer, 14)
    UNUSED(VLayer, 15) UNUSED(VLayer, 16) UNUSED(VLayer, 17)
};
}
namespace nvinfer1::apiv {
class VTensor
{
public:
    virtual ~VTensor() noexcept = default;
    UNUSED(VTensor, 2)
    virtual char const* getName() const noexcept = 0;
    UNUSED(VTensor, 4)
    virtual Dims getDimensions() const noexcept = 0;
    UNUSED(VTensor, 6)
    virtual DataType getType() const noexcept = 0;
    UNUSED(VTensor, 8) UNUSED(VTensor, 9) UNUSED(VTensor, 10) UNUSED(VTensor, 11) UNUSED(VTensor, 12)
    UNUSED(VTensor, 13) UNUSED(VTensor, 14) UNUSED(VTensor, 15) UNUSED(VTensor, 16) UNUSED(VTensor, 17)
    UNUSED(VTensor, 18) UNUSED(VTensor, 19) UNUSED(VTensor, 20)
    virtual bool isShapeTensor() const noexcept = 0;
    UNUSED(VTensor, 22) UNUSED(VTensor, 23) UNUSED(VTensor, 24)
};
}
namespace nvinfer1::apiv {
class VHostMemory
{
public:
    virtual ~VHostMemory() noexcept = default;
    virtual void* data() const noexcept = 0;
    virtual std::size_t size() const noexcept = 0;
    UNUSED(VHostMemory, 4)
};
}
#define NO_VRuntime_setEngineHostCodeAllowed 1
namespace nvinfer1::apiv {
class VRuntime
{
public:
    virtual ~VRuntime() noexcept = default;
    virtual nvinfer1::ICudaEngine* deserializeCudaEngine( void const* blob, std::size_t size, IPluginFactory* pluginFactory) noexcept = 0;
    UNUSED(VRuntime, 3) UNUSED(VRuntime, 4) UNUSED(VRuntime, 5) UNUSED(VRuntime, 6)
    virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
    UNUSED(VRuntime, 8) UNUSED(VRuntime, 9) UNUSED(VRuntime, 10) UNUSED(VRuntime, 11)
};
}
#define NO_VCudaEngine_getDeviceMemorySizeV2 1
namespace nvinfer1::apiv {
class VCudaEngine
{
public:
    virtual ~VCudaEngine() noexcept = default;
    UNUSED(VCudaEngine, 2) UNUSED(VCudaEngine, 3) UNUSED(VCudaEngine, 4) UNUSED(VCudaEngine, 5)
    UNUSED(VCudaEngine, 6) UNUSED(VCudaEngine, 7) UNUSED(VCudaEngine, 8) UNUSED(VCudaEngine, 9)
    UNUSED(VCudaEngine, 10)
    virtual IExecutionContext* createExecutionContext() noexcept = 0;
    UNUSED(VCudaEngine, 12)
    virtual IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept = 0;
    virtual size_t getDeviceMemorySize() const noexcept = 0;
    UNUSED(VCudaEngine, 15) UNUSED(VCudaEngine, 16) UNUSED(VCudaEngine, 17) UNUSED(VCudaEngine, 18)
    UNUSED(VCudaEngine, 19) UNUSED(VCudaEngine, 20)
    virtual char const* getName() const noexcept = 0;
    virtual int32_t getNbOptimizationProfiles() const noexcept = 0;
    UNUSED(VCudaEngine, 23) UNUSED(VCudaEngine, 24) UNUSED(VCudaEngine, 25) UNUSED(VCudaEngine, 26)
    UNUSED(VCudaEngine, 27) UNUSED(VCudaEngine, 28) UNUSED(VCudaEngine, 29) UNUSED(VCudaEngine, 30)
    UNUSED(VCudaEngine, 31) UNUSED(VCudaEngine, 32)
    virtual IEngineInspector* createEngineInspector() const noexcept = 0;
    virtual Dims getTensorShape(char const* tensorName) const noexcept = 0;
    virtual DataType getTensorDataType(char const* tensorName) const noexcept = 0;
    virtual TensorLocation getTensorLocation(char const* tensorName) const noexcept = 0;
    UNUSED(VCudaEngine, 37)
    virtual TensorIOMode getTensorIOMode(char const* tensorName) const noexcept = 0;
    UNUSED(VCudaEngine, 39) UNUSED(VCudaEngine, 40) UNUSED(VCudaEngine, 41)
    virtual char const* getTensorFormatDesc(char const* tensorName) const noexcept = 0;
    UNUSED(VCudaEngine, 43)
    virtual Dims getProfileShape( char const* tensorName, int32_t profileIndex, OptProfileSelector select) const noexcept = 0;
    virtual int32_t getNbIOTensors() const noexcept = 0;
    virtual char const* getIOTensorName(int32_t index) const noexcept = 0;
};
}
#define NO_VExecutionContext_setDeviceMemoryV2 1
namespace nvinfer1::apiv {
class VExecutionContext
{
public:
    virtual ~VExecutionContext() noexcept = default;
    UNUSED(VExecutionContext, 2) UNUSED(VExecutionContext, 3) UNUSED(VExecutionContext, 4)
    UNUSED(VExecutionContext, 5)
    virtual void setProfiler(IProfiler*) noexcept = 0;
    UNUSED(VExecutionContext, 7) UNUSED(VExecutionContext, 8) UNUSED(VExecutionContext, 9)
    UNUSED(VExecutionContext, 10)
    virtual void setDeviceMemory(void* memory) noexcept = 0;
    UNUSED(VExecutionContext, 12) UNUSED(VExecutionContext, 13) UNUSED(VExecutionContext, 14)
    UNUSED(VExecutionContext, 15) UNUSED(VExecutionContext, 16) UNUSED(VExecutionContext, 17)
    UNUSED(VExecutionContext, 18) UNUSED(VExecutionContext, 19) UNUSED(VExecutionContext, 20)
    UNUSED(VExecutionContext, 21) UNUSED(VExecutionContext, 22) UNUSED(VExecutionContext, 23)
    UNUSED(VExecutionContext, 24)
    virtual bool setOptimizationProfileAsync(int32_t profileIndex, cudaStream_t stream) noexcept = 0;
    UNUSED(VExecutionContext, 26) UNUSED(VExecutionContext, 27) UNUSED(VExecutionContext, 28)
    virtual bool setInputShape(char const* tensorName, Dims const& dims) noexcept = 0;
    virtual Dims getTensorShape(char const* tensorName) const noexcept = 0;
    UNUSED(VExecutionContext, 31)
    virtual bool setTensorAddress(char const* tensorName, void* data) noexcept = 0;
    UNUSED(VExecutionContext, 33) UNUSED(VExecutionContext, 34)
    virtual int32_t inferShapes(int32_t nbMaxNames, char const** tensorNames) noexcept = 0;
    UNUSED(VExecutionContext, 36) UNUSED(VExecutionContext, 37) UNUSED(VExecutionContext, 38)
    virtual bool setOutputAllocator(char const* tensorName, IOutputAllocator* outputAllocator) noexcept = 0;
    UNUSED(VExecutionContext, 40) UNUSED(VExecutionContext, 41) UNUSED(VExecutionContext, 42)
    UNUSED(VExecutionContext, 43)
    virtual bool enqueueV3(cudaStream_t stream) noexcept = 0;
    UNUSED(VExecutionContext, 45) UNUSED(VExecutionContext, 46) UNUSED(VExecutionContext, 47)
    UNUSED(VExecutionContext, 48)
};
}
#define NO_VOptimizationProfile_setShapeValuesV2 1
namespace nvinfer1::apiv {
class VOptimizationProfile
{
public:
    virtual ~VOptimizationProfile() noexcept = default;
    virtual bool setDimensions(char const* inputName, OptProfileSelector select, Dims dims) noexcept = 0;
    UNUSED(VOptimizationProfile, 3)
    virtual bool setShapeValues( char const* inputName, OptProfileSelector select, int32_t const* values, int32_t nbValues) noexcept = 0;
    UNUSED(VOptimizationProfile, 5) UNUSED(VOptimizationProfile, 6) UNUSED(VOptimizationProfile, 7)
    UNUSED(VOptimizationProfile, 8)
    virtual bool isValid() const noexcept = 0;
};
}
namespace nvinfer1::apiv {
class VEngineInspector
{
public:
    virtual ~VEngineInspector() noexcept = default;
    UNUSED(VEngineInspector, 2) UNUSED(VEngineInspector, 3) UNUSED(VEngineInspector, 4)
    virtual char const* getEngineInformation(LayerInformationFormat format) const noexcept = 0;
    UNUSED(VEngineInspector, 6) UNUSED(VEngineInspector, 7)
};
}
namespace nvinfer1::apiv {
class VTimingCache
{
public:
    virtual ~VTimingCache() noexcept = default;
    virtual nvinfer1::IHostMemory* serialize() const noexcept = 0;
    virtual bool combine(ITimingCache const& inputCache, bool ignoreMismatch) noexcept = 0;
    UNUSED(VTimingCache, 4)
};
}
namespace nvinfer1::apiv {
class VRefitter
{
public:
    virtual ~VRefitter() noexcept = default;
    UNUSED(VRefitter, 2)
    virtual bool refitCudaEngine() noexcept = 0;
    UNUSED(VRefitter, 4) UNUSED(VRefitter, 5) UNUSED(VRefitter, 6) UNUSED(VRefitter, 7) UNUSED(VRefitter, 8)
    UNUSED(VRefitter, 9) UNUSED(VRefitter, 10) UNUSED(VRefitter, 11) UNUSED(VRefitter, 12) UNUSED(VRefitter, 13)
    UNUSED(VRefitter, 14) UNUSED(VRefitter, 15) UNUSED(VRefitter, 16) UNUSED(VRefitter, 17)
};
}
#define NO_IPluginRegistry_loadLibrary 1
#define NO_IPluginRegistry_getAllCreators 1
namespace nvinfer1 {
class IPluginRegistry
{
public:
    UNUSED(IPluginRegistry, 0)
    virtual IPluginCreator* const* getPluginCreatorList(int32_t* const numCreators) const noexcept = 0;
    UNUSED(IPluginRegistry, 2)
    virtual ~IPluginRegistry() noexcept = default;
    UNUSED(IPluginRegistry, 5) UNUSED(IPluginRegistry, 6) UNUSED(IPluginRegistry, 7)
};
}
#define NO_IParser_supportsModelV2 1
#define NO_IParser_getNbSubgraphs 1
#define NO_IParser_isSubgraphSupported 1
#define NO_IParser_getSubgraphNodes 1
namespace nvonnxparser {
class IParser
{
public:
    virtual bool parse(void const* serialized_onnx_model, size_t serialized_onnx_model_size, const char* model_path = nullptr) = 0;
    UNUSED(IParser, 1)
    virtual bool supportsModel(void const* serialized_onnx_model, size_t serialized_onnx_model_size, SubGraphCollection_t& sub_graph_collection, const char* model_path = nullptr) = 0;
    UNUSED(IParser, 3) UNUSED(IParser, 4) UNUSED(IParser, 5)
    virtual int getNbErrors() const = 0;
    virtual IParserError const* getError(int index) const = 0;
    virtual void clearErrors() = 0;
    virtual ~IParser() noexcept = default;
};
}
#define NO_IParserError_nodeName 1
#define NO_IParserError_nodeOperator 1
namespace nvonnxparser {
class IParserError
{
public:
    virtual ErrorCode code() const = 0;
    virtual const char* desc() const = 0;
    virtual const char* file() const = 0;
    virtual int line() const = 0;
    virtual const char* func() const = 0;
    virtual int node() const = 0;
    virtual ~IParserError() noexcept = default;
};
}
#define NO_IParserRefitter_refitFromBytes 1
#define NO_IParserRefitter_D0 1
