// A library of custom operators for ONNX Runtime, as its documentation describes one:
// https://onnxruntime.ai/docs/reference/operators/add-custom-op.html
// Flags make the variants that must be refused: NO_ENTRY, THROWS, FAILS, TWICE.
#define ORT_API_MANUAL_INIT
#include "onnxruntime_cxx_api.h"
#undef ORT_API_MANUAL_INIT
#include <mutex>
#include <stdexcept>
#include <vector>

#ifndef DOMAIN
#define DOMAIN "test.custom"
#endif

namespace
{
// y[i] = x[(i + shift) mod n] over all elements; the shape stays.
struct SwirlKernel
{
    SwirlKernel(const OrtApi&, const OrtKernelInfo* info) : shift(Ort::ConstKernelInfo(info).GetAttribute<int64_t>("shift")) {}

    void Compute(OrtKernelContext* context)
    {
        Ort::KernelContext call(context);
        auto x = call.GetInput(0);
        auto info = x.GetTensorTypeAndShapeInfo();
        auto y = call.GetOutput(0, info.GetShape());
        const float* from = x.GetTensorData<float>();
        float* to = y.GetTensorMutableData<float>();
        size_t n = info.GetElementCount();
        for (size_t i = 0; i < n; i++) to[i] = from[(i + size_t(shift)) % n];
    }

    int64_t shift;
};

struct Swirl : Ort::CustomOpBase<Swirl, SwirlKernel>
{
    void* CreateKernel(const OrtApi& api, const OrtKernelInfo* info) const { return new SwirlKernel(api, info); }
    const char* GetName() const { return "Swirl"; }
    size_t GetInputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetInputType(size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
    size_t GetOutputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetOutputType(size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
    static Ort::Status InferOutputShape(Ort::ShapeInferContext& context)
    {
        auto shape = context.GetInputShape(0);
        return context.SetOutputShape(0, shape);
    }
};

// How many elements are positive: another element type than that of the input.
struct CountKernel
{
    CountKernel(const OrtApi&, const OrtKernelInfo*) {}

    void Compute(OrtKernelContext* context)
    {
        Ort::KernelContext call(context);
        auto x = call.GetInput(0);
        auto y = call.GetOutput(0, std::vector<int64_t>{1});
        const float* from = x.GetTensorData<float>();
        int64_t count = 0;
        for (size_t i = 0; i < x.GetTensorTypeAndShapeInfo().GetElementCount(); i++) count += from[i] > 0;
        y.GetTensorMutableData<int64_t>()[0] = count;
    }
};

struct Count : Ort::CustomOpBase<Count, CountKernel>
{
    void* CreateKernel(const OrtApi& api, const OrtKernelInfo* info) const { return new CountKernel(api, info); }
    const char* GetName() const { return "Count"; }
    size_t GetInputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetInputType(size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT; }
    size_t GetOutputTypeCount() const { return 1; }
    ONNXTensorElementDataType GetOutputType(size_t) const { return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64; }
};

// ONNX Runtime keeps pointers to domains, and it asks for them once for each session.
void keep(Ort::CustomOpDomain&& domain)
{
    static std::vector<Ort::CustomOpDomain> domains;
    static std::mutex lock;
    std::lock_guard<std::mutex> guard(lock);
    domains.push_back(std::move(domain));
}
}

#ifdef NO_ENTRY
#define RegisterCustomOps SomethingElse
#endif

extern "C" __attribute__((visibility("default"))) OrtStatus* ORT_API_CALL RegisterCustomOps(OrtSessionOptions* options, const OrtApiBase* base)
{
    Ort::InitApi(base->GetApi(ORT_API_VERSION));
#ifdef THROWS
    throw std::runtime_error("the licence has expired");
#endif
#ifdef FAILS
    return Ort::GetApi().CreateStatus(ORT_FAIL, "the licence has expired");
#endif
    static const Swirl swirl;
    static const Count count;
    Ort::CustomOpDomain domain{DOMAIN};
    domain.Add(&swirl);
    domain.Add(&count);
    Ort::UnownedSessionOptions session(options);
    session.Add(domain);
#ifdef TWICE
    Ort::CustomOpDomain again{DOMAIN}; // within one domain ONNX Runtime takes equal operators as one
    again.Add(&swirl);
    session.Add(again);
    keep(std::move(again));
#endif
    keep(std::move(domain));
    return nullptr;
}
