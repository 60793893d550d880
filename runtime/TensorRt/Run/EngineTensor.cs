using GraphPartition.Foundation;
using GraphPartition.TensorRt.Build;

namespace GraphPartition.TensorRt.Run;

/// <summary>An input or output of an engine (ICudaEngine::getIOTensorName and its like, NvInferRuntime.h).</summary>
/// <param name="Name">Its name, by which it is bound.</param>
/// <param name="IsInput">Whether it is an input.</param>
/// <param name="Type">Its element type.</param>
/// <param name="Shape">Its shape; -1 where a size is dynamic.</param>
/// <param name="IsOnHost">Whether its address is one of host memory, as for shape tensors.</param>
/// <param name="Format">Its memory layout, in TensorRT's words.</param>
/// <param name="Profiles">For a dynamic input the shapes of each profile.</param>
public sealed record EngineTensor(
    string Name,
    bool IsInput,
    ElementType Type,
    IReadOnlyList<long> Shape,
    bool IsOnHost,
    string Format,
    IReadOnlyList<ShapeRange> Profiles);
