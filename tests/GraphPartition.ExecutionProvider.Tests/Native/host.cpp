// A program in another language than C#: ONNX Runtime's C API with the execution provider, in a process of its own.
//
//   host ONNXRUNTIME PLUGIN MODEL API_VERSION RUNS [OPTION VALUE]...
//
// Runs a model with made-up inputs, with the provider and without, in pairs. Prints times and "equal", or what differs (exit code 1).
// GP_EP_THREADS=N: then as often with the provider in each of N threads at once. GP_EP_GPU=1: on a GPU. GP_EP_REFERENCE=MODEL: another model for the runs without the provider. GP_EP_LOG=1: what ONNX Runtime logs.
#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "onnxruntime_c_api.h"

static const OrtApi* api;

static double Milliseconds()
{
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void Check(OrtStatus* status, char const* what)
{
    if (status == nullptr) return;
    printf("%s: %s\n", what, api->GetErrorMessage(status));
    exit(1);
}

#define CALL(f, ...) Check(api->f(__VA_ARGS__), #f)

static void UseCuda(OrtSessionOptions* options)
{
    OrtCUDAProviderOptionsV2* cuda = nullptr;
    CALL(CreateCUDAProviderOptions, &cuda);
    CALL(SessionOptionsAppendExecutionProvider_CUDA_V2, options, cuda);
    api->ReleaseCUDAProviderOptions(cuda);
}

struct Session
{
    OrtSession* session = nullptr;
    std::vector<std::string> inputs, outputs;
    std::vector<OrtValue*> values;

    std::vector<OrtValue*> Run()
    {
        std::vector<char const*> in, out;
        for (auto& n : inputs) in.push_back(n.c_str());
        for (auto& n : outputs) out.push_back(n.c_str());
        std::vector<OrtValue*> results(out.size());
        CALL(Run, session, nullptr, in.data(), values.data(), in.size(), out.data(), out.size(), results.data());
        return results;
    }

    void Close()
    {
        for (OrtValue* value : values) api->ReleaseValue(value);
        api->ReleaseSession(session);
    }
};

/// An input: every dimension that is not known is 1. Whole numbers are 0 and 1, floats lie on both sides of zero.
static OrtValue* MakeUp(OrtAllocator* allocator, OrtTypeInfo* type)
{
    OrtTensorTypeAndShapeInfo const* info;
    CALL(CastTypeInfoToTensorInfo, type, &info);
    ONNXTensorElementDataType element;
    CALL(GetTensorElementType, info, &element);
    size_t rank, count = 1;
    CALL(GetDimensionsCount, info, &rank);
    std::vector<int64_t> dims(rank);
    CALL(GetDimensions, info, dims.data(), rank);
    for (auto& d : dims) count *= size_t(d = std::max<int64_t>(d, 1));
    OrtValue* value;
    CALL(CreateTensorAsOrtValue, allocator, dims.data(), rank, element, &value);
    void* data;
    CALL(GetTensorMutableData, value, &data);
    for (size_t i = 0; i < count; ++i)
        if (element == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) ((float*)data)[i] = (int(i * 7 % 11) - 5) / 4.0f;
        else if (element == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64) ((int64_t*)data)[i] = int64_t(i % 2);
        else if (element == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32) ((int32_t*)data)[i] = int32_t(i % 2);
        else if (element == ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL) ((bool*)data)[i] = i % 3 != 0;
        else Check(api->CreateStatus(ORT_FAIL, "an input has a type that this program does not make up"), "inputs");
    return value;
}

static Session Open(OrtEnv* env, char const* model, OrtSessionOptions* options)
{
    Session s;
    double start = Milliseconds();
    CALL(CreateSession, env, model, options, &s.session);
    printf("session %.1f ms\n", Milliseconds() - start);
    OrtAllocator* allocator;
    CALL(GetAllocatorWithDefaultOptions, &allocator);
    size_t count;
    char* name;
    CALL(SessionGetInputCount, s.session, &count);
    for (size_t i = 0; i < count; ++i)
    {
        OrtTypeInfo* type;
        CALL(SessionGetInputName, s.session, i, allocator, &name);
        CALL(SessionGetInputTypeInfo, s.session, i, &type);
        s.inputs.push_back(name);
        s.values.push_back(MakeUp(allocator, type));
        api->ReleaseTypeInfo(type);
    }
    CALL(SessionGetOutputCount, s.session, &count);
    for (size_t i = 0; i < count; ++i)
    {
        CALL(SessionGetOutputName, s.session, i, allocator, &name);
        s.outputs.push_back(name);
    }
    return s;
}

static size_t Differences(OrtValue* expected, OrtValue* actual)
{
    OrtTensorTypeAndShapeInfo *e, *a;
    CALL(GetTensorTypeAndShape, expected, &e);
    CALL(GetTensorTypeAndShape, actual, &a);
    size_t n, m;
    CALL(GetTensorShapeElementCount, e, &n);
    CALL(GetTensorShapeElementCount, a, &m);
    ONNXTensorElementDataType type;
    CALL(GetTensorElementType, e, &type);
    void *x, *y;
    CALL(GetTensorMutableData, expected, &x);
    CALL(GetTensorMutableData, actual, &y);
    if (n != m) return std::max(n, m);
    size_t differ = 0;
    for (size_t i = 0; i < n; ++i)
        if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT)
            differ += !(std::fabs(((float*)x)[i] - ((float*)y)[i]) <= 1e-4f + 1e-3f * std::fabs(((float*)x)[i]));
        else if (type == ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64) differ += ((int64_t*)x)[i] != ((int64_t*)y)[i];
    return differ;
}

/// Runs a session in several threads at once; returns how many elements differ from those of a run alone.
static size_t Together(Session& session, int threads, int runs)
{
    std::vector<OrtValue*> expected = session.Run();
    std::atomic<size_t> differ{0};
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t)
        all.emplace_back([&] {
            for (int run = 0; run < runs; ++run)
            {
                std::vector<OrtValue*> actual = session.Run();
                for (size_t i = 0; i < actual.size(); ++i)
                {
                    differ += Differences(expected[i], actual[i]);
                    api->ReleaseValue(actual[i]);
                }
            }
        });
    for (std::thread& thread : all) thread.join();
    for (OrtValue* value : expected) api->ReleaseValue(value);
    return differ;
}

static double Median(std::vector<double> times)
{
    std::sort(times.begin(), times.end());
    return times[times.size() / 2];
}

/// How many nodes copy tensors between the host and a GPU in a run, as ONNX Runtime's own profile lists them.
static size_t Copies(OrtEnv* env, char const* model, OrtSessionOptions* options)
{
    CALL(EnableProfiling, options, "/tmp/graphpartition_host");
    Session s = Open(env, model, options);
    for (OrtValue* value : s.Run()) api->ReleaseValue(value);
    OrtAllocator* allocator;
    CALL(GetAllocatorWithDefaultOptions, &allocator);
    char* file;
    CALL(SessionEndProfiling, s.session, allocator, &file);
    std::ifstream stream(file);
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    size_t copies = 0;
    for (size_t at = 0; (at = text.find("\"op_name\" : \"Memcpy", at)) != std::string::npos; ++at) ++copies;
    unlink(file);
    s.Close();
    return copies;
}

int main(int count, char** words)
{
    if (count < 6) return 2;
    void* library = dlopen(words[1], RTLD_NOW | RTLD_GLOBAL);
    if (library == nullptr) return printf("%s\n", dlerror()), 2;
    auto base = ((OrtApiBase const* (*)())dlsym(library, "OrtGetApiBase"))();
    api = base->GetApi(uint32_t(atoi(words[4])));
    if (api == nullptr) return printf("ONNX Runtime %s has no API of version %s\n", base->GetVersionString(), words[4]), 2;
    OrtEnv* env;
    CALL(CreateEnv, getenv("GP_EP_LOG") ? ORT_LOGGING_LEVEL_INFO : ORT_LOGGING_LEVEL_ERROR, "host", &env);
    double start = Milliseconds();
    CALL(RegisterExecutionProviderLibrary, env, "graphpartition", words[2]);
    printf("ONNX Runtime %s\nregistered %.1f ms\n", base->GetVersionString(), Milliseconds() - start);
    OrtEpDevice const* const* devices;
    size_t found;
    OrtEpDevice const* mine = nullptr;
    bool wantsGpu = getenv("GP_EP_GPU") != nullptr;
    CALL(GetEpDevices, env, &devices, &found);
    for (size_t i = 0; i < found; ++i)
        if (strcmp(api->EpDevice_EpName(devices[i]), "GraphPartitionExecutionProvider") == 0
            && (api->HardwareDevice_Type(api->EpDevice_Device(devices[i])) == OrtHardwareDeviceType_GPU) == wantsGpu)
            mine = devices[i];
    if (mine == nullptr) return printf("the provider has no such device\n"), 1;

    std::vector<char const*> keys, values;
    for (int i = 6; i + 1 < count; i += 2) keys.push_back(words[i]), values.push_back(words[i + 1]);
    OrtSessionOptions *plain, *provided;
    CALL(CreateSessionOptions, &plain);
    CALL(CreateSessionOptions, &provided);
    if (wantsGpu) UseCuda(plain);
    for (auto options : {plain, provided})
        if (!wantsGpu) CALL(SetIntraOpNumThreads, options, 1);
    CALL(SessionOptionsAppendExecutionProvider_V2, provided, env, &mine, 1, keys.data(), values.data(), keys.size());
    if (wantsGpu) UseCuda(provided);
    char const* other = getenv("GP_EP_REFERENCE"); // the model for the provider alone may be one that nobody else can run
    Session a = Open(env, other ? other : words[3], plain), b = Open(env, words[3], provided);
    size_t differ = 0;
    std::vector<double> without, with;
    for (int run = 0; run < std::max(1, atoi(words[5])); ++run)
    {
        start = Milliseconds();
        auto expected = a.Run();
        without.push_back(Milliseconds() - start);
        start = Milliseconds();
        auto actual = b.Run();
        with.push_back(Milliseconds() - start);
        for (size_t i = 0; i < expected.size(); ++i)
        {
            differ += Differences(expected[i], actual[i]);
            api->ReleaseValue(expected[i]);
            api->ReleaseValue(actual[i]);
        }
    }
    printf("run %.3f ms without, %.3f ms with the provider (medians of %zu)\n", Median(without), Median(with), with.size());
    if (getenv("GP_EP_THREADS")) differ += Together(b, atoi(getenv("GP_EP_THREADS")), std::max(1, atoi(words[5])));
    if (wantsGpu) printf("copies %zu\n", Copies(env, words[3], provided));
    printf(differ == 0 ? "equal\n" : "%zu elements differ\n", differ);
    a.Close();
    b.Close();
    api->ReleaseSessionOptions(plain);
    api->ReleaseSessionOptions(provided);
    CALL(UnregisterExecutionProviderLibrary, env, "graphpartition");
    api->ReleaseEnv(env);
    return differ == 0 ? 0 : 1;
}
