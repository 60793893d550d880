using System.Reflection;
using GraphPartition.CompiledModels;
using GraphPartition.Compiler;
using GraphPartition.Ir.Graphs;
using GraphPartition.Runtime;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class ArchitectureTests
{
    /// <summary>Which of our assemblies each assembly may see (ARCHITECTURE.md).</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["GraphPartition.Foundation"] = [],
        ["GraphPartition.Partitioning"] = [],
        ["GraphPartition.GraphExport"] = ["GraphPartition.Foundation", "GraphPartition.Partitioning"],
        ["GraphPartition.Ir"] = ["GraphPartition.Foundation"],
        ["GraphPartition.Onnx"] = ["GraphPartition.Foundation", "GraphPartition.Ir"],
        ["GraphPartition.MindIr"] = ["GraphPartition.Foundation", "GraphPartition.Ir"],
        ["GraphPartition.Operators"] = ["GraphPartition.Foundation", "GraphPartition.Ir"],
        ["GraphPartition.CompiledModels"] =
            ["GraphPartition.Foundation", "GraphPartition.Ir", "GraphPartition.Onnx", "GraphPartition.Operators"],
        ["GraphPartition.Cuda"] = ["GraphPartition.Foundation"],
        ["GraphPartition.TensorRt"] = ["GraphPartition.Foundation", "GraphPartition.Cuda"],
        ["GraphPartition.Compiler"] =
            ["GraphPartition.Foundation", "GraphPartition.Ir", "GraphPartition.Onnx", "GraphPartition.MindIr", "GraphPartition.Operators",
             "GraphPartition.Partitioning", "GraphPartition.CompiledModels"],
        ["GraphPartition.Explorer"] =
            ["GraphPartition.Foundation", "GraphPartition.Ir", "GraphPartition.Operators", "GraphPartition.Partitioning",
             "GraphPartition.CompiledModels", "GraphPartition.Compiler"],
        ["GraphPartition.MixedPrecision"] =
            ["GraphPartition.Foundation", "GraphPartition.Ir", "GraphPartition.Operators", "GraphPartition.Compiler"],
        ["GraphPartition.EngineBuilder"] =
            ["GraphPartition.Foundation", "GraphPartition.Ir", "GraphPartition.Onnx", "GraphPartition.Operators",
                "GraphPartition.Partitioning",
             "GraphPartition.CompiledModels", "GraphPartition.Compiler", "GraphPartition.Cuda", "GraphPartition.TensorRt"],
        ["GraphPartition.Runtime"] =
            ["GraphPartition.Foundation", "GraphPartition.Ir", "GraphPartition.Onnx", "GraphPartition.Operators",
             "GraphPartition.CompiledModels", "GraphPartition.Cuda",
             "GraphPartition.TensorRt", "Microsoft.ML.OnnxRuntime"],
        ["GraphPartition.ExecutionProvider"] =
            ["GraphPartition.Foundation", "GraphPartition.Ir", "GraphPartition.Onnx", "GraphPartition.Operators",
                "GraphPartition.Partitioning", "GraphPartition.CompiledModels", "GraphPartition.Compiler",
             "GraphPartition.EngineBuilder", "GraphPartition.Cuda", "GraphPartition.TensorRt"],
    };

    public static TheoryData<string> Assemblies => [.. Arrows.Keys];

    internal static IEnumerable<string> Libraries => Arrows.Keys;

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Dependencies_point_one_way(string name)
    {
        Assembly assembly = Assembly.Load(name);
        string[] seen = [.. assembly.GetReferencedAssemblies().Select(a => a.Name!)
            .Where(a => a.StartsWith("GraphPartition", StringComparison.Ordinal) || a == "Microsoft.ML.OnnxRuntime")];
        Assert.Empty(seen.Except(Arrows[name]));
    }

    [Fact]
    public void Only_the_tool_writes_to_the_console()
    {
        foreach (Type type in new[] { typeof(Graph), typeof(CompiledModelFormat), typeof(ModelCompiler), typeof(ModelSession) })
            Assert.DoesNotContain("System.Console", type.Assembly.GetReferencedAssemblies().Select(a => a.Name));
    }
}
