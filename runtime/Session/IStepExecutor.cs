using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime;

/// <summary>Computes one step of a plan. Safe for concurrent calls.</summary>
internal interface IStepExecutor : IDisposable
{
    /// <summary>Computes the step's outputs, in their order, from its inputs, in their order. The caller owns the results.</summary>
    IReadOnlyList<OrtValue> Run(RunOptions options, IReadOnlyCollection<OrtValue> inputs);
}
