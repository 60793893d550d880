using GraphPartition.Foundation;

namespace GraphPartition.Runtime.Steps;

/// <summary>What was made has another shape than the model declares, and so does not fit the memory that was planned for it.</summary>
/// <param name="code">Of an engine's run or of the runtime's.</param>
/// <param name="where">The value.</param>
/// <param name="declared">The dimensions that the model declares.</param>
/// <param name="maker">Who made it: "the engine", "the run".</param>
/// <param name="made">The dimensions that it has.</param>
internal sealed class DeclaredShapeException(DiagnosticCode code, string where, long[] declared, string maker, long[] made)
    : EnvironmentException(code, where, $"shape verification failed: the model declares [{string.Join(",", declared)}], {maker} gives [{string.Join(",", made)}]");
