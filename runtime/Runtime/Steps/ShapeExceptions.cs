using GraphPartition.TensorRt;

namespace GraphPartition.Runtime.Steps;

/// <summary>A result has another shape than the model declares, so it does not fit the buffer that was planned for it.</summary>
/// <param name="code">The code for an engine's run or for the runtime's.</param>
/// <param name="where">The value.</param>
/// <param name="declared">The dimensions that the model declares.</param>
/// <param name="maker">What computed it: "the engine", "the run".</param>
/// <param name="actual">The dimensions that it has.</param>
internal sealed class DeclaredShapeException(DiagnosticCode code, string where, long[] declared, string maker, long[] actual)
    : EnvironmentException(code, where,
        $"shape verification failed: the model declares [{string.Join(",", declared)}], {maker} gives [{string.Join(",", actual)}]");

/// <summary>A step rejects the shapes of this run, or the sizes in shape tensors; another executor may accept them.</summary>
internal sealed class RefusedShapesException(string where, string message)
    : EnvironmentException(TensorRtCodes.EngineRunFailed, where, message);
