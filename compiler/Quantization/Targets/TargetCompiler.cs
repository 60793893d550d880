using GraphPartition.Compiler;
using GraphPartition.Compiler.Planning;
using GraphPartition.Compiler.Planning.Constraints;

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

    /// <summary>The plan of another model, to which what is said of nodes and inputs does not apply.</summary>
    /// <returns>Null: the operator table does not decide.</returns>
    internal PartitionPlan? PlanByTable(Model model) => options.SupportPolicy is { IsReal: false } ? null
        : new ModelCompiler(operators, options with
        {
            Constraints = PlanConstraints.None,
            InputShapes = ImmutableDictionary<string, Shape>.Empty,
            Sized = [],
            Observer = null,
        }).Plan(model).Plan;
}
