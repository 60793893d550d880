using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Compiler.Passes;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Operators.TensorRt;
using GraphPartition.Runtime.Ort;

namespace GraphPartition.TestSupport;

/// <summary>
/// Shortcuts from a model to its plan and its compiled form. Without passes the plan is about the very graph that a test
/// gives.
/// </summary>
public static class Partitions
{
    /// <summary>Compiles with a support option, for instance <c>random:1:0.5</c>.</summary>
    public static CompiledModel Compile(Model model, string support, Pipeline? passes = null) =>
        Plan(model, support, passes).ToCompiledModel();

    /// <summary>Plans with a support option.</summary>
    public static Compilation Plan(Model model, string support, Pipeline? passes = null)
    {
        SupportPolicy policy = SupportPolicy.Parse(support, OperatorTable.Default, TensorRtTarget.Default);
        var options = new CompileOptions
        {
            SupportPolicy = policy,
            Passes = passes ?? Pipeline.None,
            Evaluator = new OrtConstantEvaluator(),
            Verify = true
        };
        return new ModelCompiler(OperatorTable.Default, options).Plan(model);
    }
}
