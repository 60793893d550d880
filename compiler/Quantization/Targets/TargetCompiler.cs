using GraphPartition.Compiler;
using GraphPartition.Compiler.Planning;

namespace GraphPartition.Quantization.Targets;

/// <summary>Plans models for a target.</summary>
/// <param name="operators">What is known of operators.</param>
/// <param name="options">The target and how to plan for it.</param>
public sealed class TargetCompiler(OperatorTable operators, CompileOptions options)
{
    /// <summary>The name of the target.</summary>
    public string Target => options.Target.ToString();

    /// <summary>The plan of a model.</summary>
    public PartitionPlan Plan(Model model) => new ModelCompiler(operators, options).Plan(model).Plan;
}
