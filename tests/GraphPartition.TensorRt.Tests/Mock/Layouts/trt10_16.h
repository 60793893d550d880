// Written by tools/trt-tables: the virtual tables of release v10.16 as far as the mock library needs them.
#pragma once
#define MOCK_VERSION 101600
#define MOCK_RTX 0
#include "../types.h"
namespace nvinfer1 { enum class BuilderFlag : int32_t { kFP16 = 0, kBF16 = 17, kREFIT = 4, kTF32 = 6, kSPARSE_WEIGHTS = 7, kVERSION_COMPATIBLE = 13, kEXCLUDE_LEAN_RUNTIME = 14, kSTRIP_PLAN = 19, kWEIGHT_STREAMING = 21 }; }
namespace nvinfer1 { enum class NetworkDefinitionCreationFlag : int32_t { kEXPLICIT_BATCH = 0, kSTRONGLY_TYPED = 1 }; }
namespace nvinfer1 { enum class DataType : int32_t { kFLOAT = 0, kHALF = 1, kINT8 = 2, kINT32 = 3, kBOOL = 4, kUINT8 = 5, kFP8 = 6, kBF16 = 7, kINT64 = 8, kINT4 = 9, kFP4 = 10, kE8M0 = 11 }; }
namespace nvinfer1 { enum class MemoryPoolType : int32_t { kWORKSPACE = 0 }; }
namespace nvinfer1 { enum class ProfilingVerbosity : int32_t { kLAYER_NAMES_ONLY = 0, kNONE = 1, kDETAILED = 2 }; }
namespace nvinfer1 { enum class HardwareCompatibilityLevel : int32_t { kNONE = 0, kAMPERE_PLUS = 1, kSAME_COMPUTE_CAPABILITY = 2 }; }
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
namespace nvinfer1 { enum class LayerType : int32_t { kIDENTITY = 20 }; }
namespace nvinfer1 { enum class LayerInformationFormat : int32_t { kJSON = 1 }; }
namespace nvinfer1 { enum class ExecutionContextAllocationStrategy : int32_t { kSTATIC = 0, kUSER_MANAGED = 2 }; }
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
    virtual APILanguage getAPILanguage() const noexcept = 0;
    virtual InterfaceInfo getInterfaceInfo() const noexcept = 0;
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
namespace nvinfer1 {
class IProgressMonitor
{
public:
    virtual APILanguage getAPILanguage() const noexcept = 0;
    virtual InterfaceInfo getInterfaceInfo() const noexcept = 0;
    virtual ~IProgressMonitor() noexcept = default;
    virtual void phaseStart(char const* phaseName, char const* parentPhase, int32_t nbSteps) noexcept = 0;
    virtual bool stepComplete(char const* phaseName, int32_t step) noexcept = 0;
    virtual void phaseFinish(char const* phaseName) noexcept = 0;
};
}
namespace nvinfer1 {
class IOutputAllocator
{
public:
    virtual APILanguage getAPILanguage() const noexcept = 0;
    virtual InterfaceInfo getInterfaceInfo() const noexcept = 0;
    virtual ~IOutputAllocator() noexcept = default;
    virtual void* reallocateOutput( char const* tensorName, void* currentMemory, uint64_t size, uint64_t alignment) noexcept = 0;
    virtual void* reallocateOutputAsync( char const* tensorName, void* currentMemory, uint64_t size, uint64_t alignment, cudaStream_t ) = 0;
    virtual void notifyShape(char const* tensorName, Dims const& dims) noexcept = 0;
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
    virtual nvinfer1::IBuilderConfig* createBuilderConfig() noexcept = 0;
    virtual nvinfer1::INetworkDefinition* createNetworkV2(NetworkDefinitionCreationFlags flags) noexcept = 0;
    virtual nvinfer1::IOptimizationProfile* createOptimizationProfile() noexcept = 0;
    virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
    UNUSED(VBuilder, 11) UNUSED(VBuilder, 12) UNUSED(VBuilder, 13)
    virtual nvinfer1::IHostMemory* buildSerializedNetwork( INetworkDefinition& network, IBuilderConfig& config) noexcept = 0;
    UNUSED(VBuilder, 15) UNUSED(VBuilder, 16)
    virtual bool setMaxThreads(int32_t maxThreads) noexcept = 0;
    UNUSED(VBuilder, 18) UNUSED(VBuilder, 19) UNUSED(VBuilder, 20) UNUSED(VBuilder, 21) UNUSED(VBuilder, 22)
};
}
#define NO_VBuilderConfig_setNbComputeCapabilities 1
#define NO_VBuilderConfig_setComputeCapability 1
namespace nvinfer1::apiv {
class VBuilderConfig
{
public:
    virtual ~VBuilderConfig() noexcept = default;
    UNUSED(VBuilderConfig, 2) UNUSED(VBuilderConfig, 3) UNUSED(VBuilderConfig, 4) UNUSED(VBuilderConfig, 5)
    UNUSED(VBuilderConfig, 6) UNUSED(VBuilderConfig, 7) UNUSED(VBuilderConfig, 8) UNUSED(VBuilderConfig, 9)
    virtual void clearFlag(BuilderFlag builderFlag) noexcept = 0;
    virtual void setFlag(BuilderFlag builderFlag) noexcept = 0;
    UNUSED(VBuilderConfig, 12) UNUSED(VBuilderConfig, 13) UNUSED(VBuilderConfig, 14) UNUSED(VBuilderConfig, 15)
    UNUSED(VBuilderConfig, 16) UNUSED(VBuilderConfig, 17) UNUSED(VBuilderConfig, 18) UNUSED(VBuilderConfig, 19)
    UNUSED(VBuilderConfig, 20) UNUSED(VBuilderConfig, 21) UNUSED(VBuilderConfig, 22) UNUSED(VBuilderConfig, 23)
    UNUSED(VBuilderConfig, 24)
    virtual int32_t addOptimizationProfile(IOptimizationProfile const* profile) noexcept = 0;
    UNUSED(VBuilderConfig, 26)
    virtual void setProfilingVerbosity(ProfilingVerbosity verbosity) noexcept = 0;
    UNUSED(VBuilderConfig, 28) UNUSED(VBuilderConfig, 29) UNUSED(VBuilderConfig, 30) UNUSED(VBuilderConfig, 31)
    UNUSED(VBuilderConfig, 32) UNUSED(VBuilderConfig, 33) UNUSED(VBuilderConfig, 34) UNUSED(VBuilderConfig, 35)
    UNUSED(VBuilderConfig, 36) UNUSED(VBuilderConfig, 37) UNUSED(VBuilderConfig, 38) UNUSED(VBuilderConfig, 39)
    virtual nvinfer1::ITimingCache* createTimingCache(void const* blob, std::size_t size) const noexcept = 0;
    virtual bool setTimingCache(ITimingCache const& cache, bool ignoreMismatch) noexcept = 0;
    UNUSED(VBuilderConfig, 42)
    virtual void setMemoryPoolLimit(MemoryPoolType pool, std::size_t poolSize) noexcept = 0;
    UNUSED(VBuilderConfig, 44) UNUSED(VBuilderConfig, 45) UNUSED(VBuilderConfig, 46)
    virtual void setBuilderOptimizationLevel(int32_t level) noexcept = 0;
    UNUSED(VBuilderConfig, 48)
    virtual void setHardwareCompatibilityLevel(HardwareCompatibilityLevel hardwareCompatibilityLevel) noexcept = 0;
    UNUSED(VBuilderConfig, 50) UNUSED(VBuilderConfig, 51) UNUSED(VBuilderConfig, 52) UNUSED(VBuilderConfig, 53)
    virtual void setMaxAuxStreams(int32_t nbStreams) noexcept = 0;
    UNUSED(VBuilderConfig, 55)
    virtual void setProgressMonitor(IProgressMonitor* monitor) noexcept = 0;
    UNUSED(VBuilderConfig, 57) UNUSED(VBuilderConfig, 58) UNUSED(VBuilderConfig, 59) UNUSED(VBuilderConfig, 60)
    UNUSED(VBuilderConfig, 61) UNUSED(VBuilderConfig, 62) UNUSED(VBuilderConfig, 63) UNUSED(VBuilderConfig, 64)
    UNUSED(VBuilderConfig, 65) UNUSED(VBuilderConfig, 66) UNUSED(VBuilderConfig, 67)
};
}
namespace nvinfer1::apiv {
class VNetworkDefinition
{
public:
    virtual ~VNetworkDefinition() noexcept = default;
    virtual ITensor* addInput(char const* name, DataType type, Dims const& dimensions) noexcept = 0;
    UNUSED(VNetworkDefinition, 3) UNUSED(VNetworkDefinition, 4) UNUSED(VNetworkDefinition, 5)
    UNUSED(VNetworkDefinition, 6) UNUSED(VNetworkDefinition, 7) UNUSED(VNetworkDefinition, 8)
    UNUSED(VNetworkDefinition, 9) UNUSED(VNetworkDefinition, 10) UNUSED(VNetworkDefinition, 11)
    virtual int32_t getNbLayers() const noexcept = 0;
    UNUSED(VNetworkDefinition, 13)
    virtual int32_t getNbInputs() const noexcept = 0;
    virtual ITensor* getInput(int32_t index) const noexcept = 0;
    UNUSED(VNetworkDefinition, 16) UNUSED(VNetworkDefinition, 17) UNUSED(VNetworkDefinition, 18)
    UNUSED(VNetworkDefinition, 19) UNUSED(VNetworkDefinition, 20) UNUSED(VNetworkDefinition, 21)
    UNUSED(VNetworkDefinition, 22) UNUSED(VNetworkDefinition, 23)
    virtual IIdentityLayer* addIdentity(ITensor& input) noexcept = 0;
    UNUSED(VNetworkDefinition, 25) UNUSED(VNetworkDefinition, 26) UNUSED(VNetworkDefinition, 27)
    UNUSED(VNetworkDefinition, 28) UNUSED(VNetworkDefinition, 29)
    virtual void setName(char const* name) noexcept = 0;
    UNUSED(VNetworkDefinition, 31) UNUSED(VNetworkDefinition, 32) UNUSED(VNetworkDefinition, 33)
    UNUSED(VNetworkDefinition, 34) UNUSED(VNetworkDefinition, 35) UNUSED(VNetworkDefinition, 36)
    UNUSED(VNetworkDefinition, 37) UNUSED(VNetworkDefinition, 38) UNUSED(VNetworkDefinition, 39)
    UNUSED(VNetworkDefinition, 40) UNUSED(VNetworkDefinition, 41) UNUSED(VNetworkDefinition, 42)
    UNUSED(VNetworkDefinition, 43) UNUSED(VNetworkDefinition, 44) UNUSED(VNetworkDefinition, 45)
    UNUSED(VNetworkDefinition, 46) UNUSED(VNetworkDefinition, 47) UNUSED(VNetworkDefinition, 48)
    UNUSED(VNetworkDefinition, 49) UNUSED(VNetworkDefinition, 50) UNUSED(VNetworkDefinition, 51)
    UNUSED(VNetworkDefinition, 52) UNUSED(VNetworkDefinition, 53) UNUSED(VNetworkDefinition, 54)
    UNUSED(VNetworkDefinition, 55) UNUSED(VNetworkDefinition, 56) UNUSED(VNetworkDefinition, 57)
    UNUSED(VNetworkDefinition, 58) UNUSED(VNetworkDefinition, 59) UNUSED(VNetworkDefinition, 60)
    UNUSED(VNetworkDefinition, 61) UNUSED(VNetworkDefinition, 62) UNUSED(VNetworkDefinition, 63)
    UNUSED(VNetworkDefinition, 64) UNUSED(VNetworkDefinition, 65) UNUSED(VNetworkDefinition, 66)
    UNUSED(VNetworkDefinition, 67) UNUSED(VNetworkDefinition, 68) UNUSED(VNetworkDefinition, 69)
    UNUSED(VNetworkDefinition, 70) UNUSED(VNetworkDefinition, 71) UNUSED(VNetworkDefinition, 72)
    UNUSED(VNetworkDefinition, 73) UNUSED(VNetworkDefinition, 74) UNUSED(VNetworkDefinition, 75)
    UNUSED(VNetworkDefinition, 76) UNUSED(VNetworkDefinition, 77) UNUSED(VNetworkDefinition, 78)
    UNUSED(VNetworkDefinition, 79) UNUSED(VNetworkDefinition, 80) UNUSED(VNetworkDefinition, 81)
    UNUSED(VNetworkDefinition, 82) UNUSED(VNetworkDefinition, 83) UNUSED(VNetworkDefinition, 84)
    UNUSED(VNetworkDefinition, 85) UNUSED(VNetworkDefinition, 86) UNUSED(VNetworkDefinition, 87)
    UNUSED(VNetworkDefinition, 88) UNUSED(VNetworkDefinition, 89) UNUSED(VNetworkDefinition, 90)
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
    UNUSED(VLayer, 15) UNUSED(VLayer, 16) UNUSED(VLayer, 17) UNUSED(VLayer, 18) UNUSED(VLayer, 19) UNUSED(VLayer, 20)
    UNUSED(VLayer, 21)
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
namespace nvinfer1::apiv {
class VRuntime
{
public:
    virtual ~VRuntime() noexcept = default;
    UNUSED(VRuntime, 2)
    virtual nvinfer1::ICudaEngine* deserializeCudaEngine(void const* blob, std::size_t size) noexcept = 0;
    UNUSED(VRuntime, 4) UNUSED(VRuntime, 5) UNUSED(VRuntime, 6) UNUSED(VRuntime, 7) UNUSED(VRuntime, 8)
    virtual void setErrorRecorder(IErrorRecorder* recorder) noexcept = 0;
    UNUSED(VRuntime, 10) UNUSED(VRuntime, 11) UNUSED(VRuntime, 12) UNUSED(VRuntime, 13) UNUSED(VRuntime, 14)
    UNUSED(VRuntime, 15) UNUSED(VRuntime, 16) UNUSED(VRuntime, 17) UNUSED(VRuntime, 18) UNUSED(VRuntime, 19)
    UNUSED(VRuntime, 20)
    virtual void setEngineHostCodeAllowed(bool allowed) noexcept = 0;
    UNUSED(VRuntime, 22) UNUSED(VRuntime, 23)
};
}
namespace nvinfer1::apiv {
class VCudaEngine
{
public:
    virtual ~VCudaEngine() noexcept = default;
    UNUSED(VCudaEngine, 2) UNUSED(VCudaEngine, 3) UNUSED(VCudaEngine, 4)
    virtual IExecutionContext* createExecutionContext(ExecutionContextAllocationStrategy strategy) noexcept = 0;
    virtual IExecutionContext* createExecutionContextWithoutDeviceMemory() noexcept = 0;
    virtual size_t getDeviceMemorySize() const noexcept = 0;
    UNUSED(VCudaEngine, 8)
    virtual char const* getName() const noexcept = 0;
    virtual int32_t getNbOptimizationProfiles() const noexcept = 0;
    UNUSED(VCudaEngine, 11) UNUSED(VCudaEngine, 12) UNUSED(VCudaEngine, 13) UNUSED(VCudaEngine, 14)
    UNUSED(VCudaEngine, 15) UNUSED(VCudaEngine, 16) UNUSED(VCudaEngine, 17)
    virtual IEngineInspector* createEngineInspector() const noexcept = 0;
    virtual Dims getTensorShape(char const* tensorName) const noexcept = 0;
    virtual DataType getTensorDataType(char const* tensorName) const noexcept = 0;
    virtual TensorLocation getTensorLocation(char const* tensorName) const noexcept = 0;
    UNUSED(VCudaEngine, 22)
    virtual TensorIOMode getTensorIOMode(char const* tensorName) const noexcept = 0;
    UNUSED(VCudaEngine, 24) UNUSED(VCudaEngine, 25) UNUSED(VCudaEngine, 26)
    virtual char const* getTensorFormatDesc(char const* tensorName) const noexcept = 0;
    UNUSED(VCudaEngine, 28)
    virtual Dims getProfileShape( char const* tensorName, int32_t profileIndex, OptProfileSelector select) const noexcept = 0;
    virtual int32_t getNbIOTensors() const noexcept = 0;
    virtual char const* getIOTensorName(int32_t index) const noexcept = 0;
    UNUSED(VCudaEngine, 32) UNUSED(VCudaEngine, 33) UNUSED(VCudaEngine, 34) UNUSED(VCudaEngine, 35)
    UNUSED(VCudaEngine, 36) UNUSED(VCudaEngine, 37) UNUSED(VCudaEngine, 38) UNUSED(VCudaEngine, 39)
    UNUSED(VCudaEngine, 40) UNUSED(VCudaEngine, 41) UNUSED(VCudaEngine, 42) UNUSED(VCudaEngine, 43)
    UNUSED(VCudaEngine, 44) UNUSED(VCudaEngine, 45) UNUSED(VCudaEngine, 46) UNUSED(VCudaEngine, 47)
    UNUSED(VCudaEngine, 48) UNUSED(VCudaEngine, 49) UNUSED(VCudaEngine, 50) UNUSED(VCudaEngine, 51)
    virtual int64_t getDeviceMemorySizeV2() const noexcept = 0;
    UNUSED(VCudaEngine, 53) UNUSED(VCudaEngine, 54) UNUSED(VCudaEngine, 55) UNUSED(VCudaEngine, 56)
    UNUSED(VCudaEngine, 57) UNUSED(VCudaEngine, 58)
};
}
namespace nvinfer1::apiv {
class VExecutionContext
{
public:
    virtual ~VExecutionContext() noexcept = default;
    UNUSED(VExecutionContext, 2) UNUSED(VExecutionContext, 3) UNUSED(VExecutionContext, 4)
    virtual void setProfiler(IProfiler*) noexcept = 0;
    UNUSED(VExecutionContext, 6) UNUSED(VExecutionContext, 7) UNUSED(VExecutionContext, 8)
    UNUSED(VExecutionContext, 9)
    virtual void setDeviceMemory(void* memory) noexcept = 0;
    UNUSED(VExecutionContext, 11) UNUSED(VExecutionContext, 12) UNUSED(VExecutionContext, 13)
    UNUSED(VExecutionContext, 14) UNUSED(VExecutionContext, 15) UNUSED(VExecutionContext, 16)
    virtual bool setOptimizationProfileAsync(int32_t profileIndex, cudaStream_t stream) noexcept = 0;
    UNUSED(VExecutionContext, 18) UNUSED(VExecutionContext, 19) UNUSED(VExecutionContext, 20)
    virtual bool setInputShape(char const* tensorName, Dims const& dims) noexcept = 0;
    virtual Dims getTensorShape(char const* tensorName) const noexcept = 0;
    UNUSED(VExecutionContext, 23)
    virtual bool setTensorAddress(char const* tensorName, void* data) noexcept = 0;
    UNUSED(VExecutionContext, 25) UNUSED(VExecutionContext, 26) UNUSED(VExecutionContext, 27)
    virtual int32_t inferShapes(int32_t nbMaxNames, char const** tensorNames) noexcept = 0;
    UNUSED(VExecutionContext, 29) UNUSED(VExecutionContext, 30) UNUSED(VExecutionContext, 31)
    virtual bool setOutputAllocator(char const* tensorName, IOutputAllocator* outputAllocator) noexcept = 0;
    UNUSED(VExecutionContext, 33) UNUSED(VExecutionContext, 34) UNUSED(VExecutionContext, 35)
    UNUSED(VExecutionContext, 36)
    virtual bool enqueueV3(cudaStream_t stream) noexcept = 0;
    UNUSED(VExecutionContext, 38) UNUSED(VExecutionContext, 39) UNUSED(VExecutionContext, 40)
    UNUSED(VExecutionContext, 41) UNUSED(VExecutionContext, 42) UNUSED(VExecutionContext, 43)
    UNUSED(VExecutionContext, 44) UNUSED(VExecutionContext, 45) UNUSED(VExecutionContext, 46)
    UNUSED(VExecutionContext, 47) UNUSED(VExecutionContext, 48)
    virtual void setDeviceMemoryV2(void* memory, int64_t size) noexcept = 0;
    UNUSED(VExecutionContext, 50) UNUSED(VExecutionContext, 51) UNUSED(VExecutionContext, 52)
    UNUSED(VExecutionContext, 53)
};
}
namespace nvinfer1::apiv {
class VOptimizationProfile
{
public:
    virtual ~VOptimizationProfile() noexcept = default;
    virtual bool setDimensions(char const* inputName, OptProfileSelector select, Dims const& dims) noexcept = 0;
    UNUSED(VOptimizationProfile, 3)
    virtual bool setShapeValues( char const* inputName, OptProfileSelector select, int32_t const* values, int32_t nbValues) noexcept = 0;
    UNUSED(VOptimizationProfile, 5) UNUSED(VOptimizationProfile, 6) UNUSED(VOptimizationProfile, 7)
    UNUSED(VOptimizationProfile, 8)
    virtual bool isValid() const noexcept = 0;
    virtual bool setShapeValuesV2( char const* inputName, OptProfileSelector select, int64_t const* values, int32_t nbValues) noexcept = 0;
    UNUSED(VOptimizationProfile, 11)
};
}
namespace nvinfer1::apiv {
class VEngineInspector
{
public:
    virtual ~VEngineInspector() noexcept = default;
    UNUSED(VEngineInspector, 2) UNUSED(VEngineInspector, 3) UNUSED(VEngineInspector, 4) UNUSED(VEngineInspector, 5)
    virtual char const* getEngineInformation(LayerInformationFormat format) const noexcept = 0;
    UNUSED(VEngineInspector, 7) UNUSED(VEngineInspector, 8)
};
}
namespace nvinfer1::apiv {
class VTimingCache
{
public:
    virtual ~VTimingCache() noexcept = default;
    virtual nvinfer1::IHostMemory* serialize() const noexcept = 0;
    virtual bool combine(ITimingCache const& inputCache, bool ignoreMismatch) noexcept = 0;
    UNUSED(VTimingCache, 4) UNUSED(VTimingCache, 5) UNUSED(VTimingCache, 6) UNUSED(VTimingCache, 7)
};
}
namespace nvinfer1::apiv {
class VRefitter
{
public:
    virtual ~VRefitter() noexcept = default;
    UNUSED(VRefitter, 2) UNUSED(VRefitter, 3)
    virtual bool refitCudaEngine() noexcept = 0;
    UNUSED(VRefitter, 5) UNUSED(VRefitter, 6) UNUSED(VRefitter, 7) UNUSED(VRefitter, 8) UNUSED(VRefitter, 9)
    UNUSED(VRefitter, 10) UNUSED(VRefitter, 11) UNUSED(VRefitter, 12) UNUSED(VRefitter, 13) UNUSED(VRefitter, 14)
    UNUSED(VRefitter, 15) UNUSED(VRefitter, 16) UNUSED(VRefitter, 17) UNUSED(VRefitter, 18) UNUSED(VRefitter, 19)
    UNUSED(VRefitter, 20) UNUSED(VRefitter, 21) UNUSED(VRefitter, 22) UNUSED(VRefitter, 23) UNUSED(VRefitter, 24)
    UNUSED(VRefitter, 25) UNUSED(VRefitter, 26)
};
}
namespace nvinfer1 {
class IPluginRegistry
{
public:
    UNUSED(IPluginRegistry, 0)
    virtual IPluginCreator* const* getPluginCreatorList(int32_t* const numCreators) const noexcept = 0;
    UNUSED(IPluginRegistry, 2)
    virtual ~IPluginRegistry() noexcept = default;
    UNUSED(IPluginRegistry, 5) UNUSED(IPluginRegistry, 6) UNUSED(IPluginRegistry, 7) UNUSED(IPluginRegistry, 8)
    UNUSED(IPluginRegistry, 9)
    virtual PluginLibraryHandle loadLibrary(AsciiChar const* pluginPath) noexcept = 0;
    UNUSED(IPluginRegistry, 11) UNUSED(IPluginRegistry, 12)
    virtual IPluginCreatorInterface* const* getAllCreators(int32_t* const numCreators) const noexcept = 0;
    UNUSED(IPluginRegistry, 14) UNUSED(IPluginRegistry, 15) UNUSED(IPluginRegistry, 16) UNUSED(IPluginRegistry, 17)
    UNUSED(IPluginRegistry, 18)
};
}
namespace nvonnxparser {
class IParser
{
public:
    virtual bool parse( void const* serialized_onnx_model, size_t serialized_onnx_model_size, const char* model_path = nullptr) noexcept = 0;
    UNUSED(IParser, 1)
    virtual bool supportsModel(void const* serialized_onnx_model, size_t serialized_onnx_model_size, SubGraphCollection_t& sub_graph_collection, const char* model_path = nullptr) noexcept = 0;
    UNUSED(IParser, 3) UNUSED(IParser, 4)
    virtual int getNbErrors() const noexcept = 0;
    virtual IParserError const* getError(int index) const noexcept = 0;
    virtual void clearErrors() noexcept = 0;
    virtual ~IParser() noexcept = default;
    UNUSED(IParser, 10) UNUSED(IParser, 11) UNUSED(IParser, 12) UNUSED(IParser, 13) UNUSED(IParser, 14)
    UNUSED(IParser, 15) UNUSED(IParser, 16)
    virtual bool supportsModelV2( void const* serializedOnnxModel, size_t serializedOnnxModelSize, char const* modelPath = nullptr) noexcept = 0;
    virtual int64_t getNbSubgraphs() noexcept = 0;
    virtual bool isSubgraphSupported(int64_t const index) noexcept = 0;
    virtual int64_t* getSubgraphNodes(int64_t const index, int64_t& subgraphLength) noexcept = 0;
    UNUSED(IParser, 21) UNUSED(IParser, 22) UNUSED(IParser, 23) UNUSED(IParser, 24)
};
}
namespace nvonnxparser {
class IParserError
{
public:
    virtual ErrorCode code() const = 0;
    virtual char const* desc() const = 0;
    virtual char const* file() const = 0;
    virtual int line() const = 0;
    virtual char const* func() const = 0;
    virtual int node() const = 0;
    virtual char const* nodeName() const = 0;
    virtual char const* nodeOperator() const = 0;
    UNUSED(IParserError, 8) UNUSED(IParserError, 9)
    virtual ~IParserError() noexcept = default;
};
}
namespace nvonnxparser {
class IParserRefitter
{
public:
    virtual bool refitFromBytes( void const* serializedOnnxModel, size_t serializedOnnxModelSize, char const* modelPath = nullptr) noexcept = 0;
    UNUSED(IParserRefitter, 1) UNUSED(IParserRefitter, 2) UNUSED(IParserRefitter, 3) UNUSED(IParserRefitter, 4)
    virtual ~IParserRefitter() noexcept = default;
    UNUSED(IParserRefitter, 7) UNUSED(IParserRefitter, 8) UNUSED(IParserRefitter, 9)
};
}
