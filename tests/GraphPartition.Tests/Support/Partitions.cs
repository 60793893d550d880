using GraphPartition.Compiler;
using GraphPartition.Compiler.Operators;
using GraphPartition.Compiler.Tagging;
using GraphPartition.Emit;
using GraphPartition.Ir;

namespace GraphPartition.Tests.Support;

/// <summary>Shortcuts from a model to its plan and its compiled form.</summary>
internal static class Partitions
{
    /// <summary>Compiles with a support option, for instance <c>random:1:0.5</c>.</summary>
    public static CompiledModel Compile(Model model, string support) => ModelCompiler.Emit(Plan(model, support));

    /// <summary>Plans with a support option.</summary>
    public static Compilation Plan(Model model, string support)
    {
        SupportPolicy policy = SupportPolicy.Parse(support, OperatorTable.Default, TensorRtTarget.Default);
        return new ModelCompiler(OperatorTable.Default, new CompileOptions { Support = policy }).Plan(model);
    }
}
