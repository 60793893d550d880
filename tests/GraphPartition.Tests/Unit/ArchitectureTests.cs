using System.Reflection;
using GraphPartition.Compiler;
using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Runtime;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class ArchitectureTests
{
    /// <summary>Which of our assemblies each assembly may see (ARCHITECTURE.md).</summary>
    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        ["GraphPartition.Ir"] = [],
        ["GraphPartition.Partition"] = [],
        ["GraphPartition.Onnx"] = ["GraphPartition.Ir"],
        ["GraphPartition.MindIr"] = ["GraphPartition.Ir"],
        ["GraphPartition.Operators"] = ["GraphPartition.Ir"],
        ["GraphPartition.Emit"] = ["GraphPartition.Ir"],
        ["GraphPartition.TensorRt"] = ["GraphPartition.Ir"],
        ["GraphPartition.Compiler"] =
            ["GraphPartition.Ir", "GraphPartition.Onnx", "GraphPartition.MindIr", "GraphPartition.Operators", "GraphPartition.Partition", "GraphPartition.Emit"],
        ["GraphPartition.Engines"] =
            ["GraphPartition.Ir", "GraphPartition.Onnx", "GraphPartition.Operators", "GraphPartition.Partition", "GraphPartition.Emit", "GraphPartition.Compiler", "GraphPartition.TensorRt"],
        ["GraphPartition.Session"] =
            ["GraphPartition.Ir", "GraphPartition.Onnx", "GraphPartition.Emit", "GraphPartition.TensorRt", "Microsoft.ML.OnnxRuntime"],
    };

    public static TheoryData<string> Assemblies => [.. Arrows.Keys];

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
        foreach (Type type in new[] { typeof(Graph), typeof(Package), typeof(ModelCompiler), typeof(ModelSession) })
            Assert.DoesNotContain("System.Console", type.Assembly.GetReferencedAssemblies().Select(a => a.Name));
    }

    [Fact]
    public void Diagnostic_codes_are_unique_and_have_a_remedy()
    {
        DiagnosticCode[] codes = [.. typeof(Codes).GetFields().Select(f => (DiagnosticCode)f.GetValue(null)!)];
        Assert.Equal(codes.Length, codes.Select(c => c.Id).Distinct().Count());
        Assert.All(codes, c => Assert.Matches("^GP[1-5][0-9]{3}$", c.Id));
        Assert.All(codes, c => Assert.NotEmpty(c.Remedy));
    }
}
