using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;
using GraphPartition.Runtime.Options;
using GraphPartition.TensorRt.Library;
using Microsoft.ML.OnnxRuntime;

namespace GraphPartition.Runtime.Tests.Unit;

/// <summary>Sessions that are tried in a process of their own, here by a probe that only claims crashes.</summary>
public sealed class IsolatedCreationTests
{
    private static readonly string[] Chain = ["Relu", "Neg", "Abs", "Sigmoid", "Tanh", "Exp", "Relu", "Neg", "Abs"];

    [Theory]
    [InlineData("Tanh", "Tanh")]
    [InlineData("Sigmoid", "Exp")]
    [InlineData("Relu", "Relu")]
    public void The_nodes_between_are_named_and_a_lower_level_is_taken(string first, string last)
    {
        var warnings = new List<Diagnostic>();
        Create(new Probe(first, last, GraphOptimizationLevel.ORT_ENABLE_EXTENDED), warnings).Dispose();
        Diagnostic warning = Assert.Single(warnings);
        Assert.Equal("GP5015", warning.Code.Id);
        Assert.Contains($"from {first} ", warning.Message, StringComparison.Ordinal);
        Assert.Contains($"to {last} ", warning.Message, StringComparison.Ordinal);
        Assert.Contains("level ORT_ENABLE_BASIC", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crash_at_each_level_is_an_error_with_the_nodes()
    {
        var error = Assert.Throws<EnvironmentException>(
            () => Create(new Probe("Tanh", "Tanh", GraphOptimizationLevel.ORT_DISABLE_ALL), []));
        Assert.Equal("GP5016", error.Diagnostic.Code.Id);
        Assert.Contains("the 1 nodes from Tanh", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_crash_there_is_one_try_and_no_warning()
    {
        var probe = new Probe("Cos", "Cos", GraphOptimizationLevel.ORT_DISABLE_ALL);
        var warnings = new List<Diagnostic>();
        Create(probe, warnings).Dispose();
        Assert.Empty(warnings);
        Assert.Equal(1, probe.Tries);
    }

    private static ModelSession Create(Probe probe, List<Diagnostic> warnings)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "chain" };
        Value value = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        for (int i = 0; i < Chain.Length; i++) value = builder.Op(Chain[i], $"v{i}", [value]);
        Graph graph = builder.Build(value);
        var model = new Model(graph) { Opsets = OpsetVersions.Standard(17), FormatVersion = 8 };
        return ModelSession.Create(new CompiledModel(model, Cut.Whole(graph), ""),
            new() { Probe = probe, Engines = new() { Mode = EngineMode.Off, Warn = warnings.Add } });
    }

    /// <summary>Claims a crash from a level on, for models that have one operator and, at or behind it, another.</summary>
    private sealed class Probe(string first, string last, GraphOptimizationLevel from) : ICrashProbe
    {
        public int Tries { get; private set; }

        public string? SessionCrash(string path, string? directory, GraphOptimizationLevel level)
        {
            Tries++;
            string[] nodes = [.. OnnxReader.Read(path).Graph.Nodes.Select(n => n.Op.Type)];
            int start = Array.IndexOf(nodes, first);
            return level >= from && start >= 0 && Array.IndexOf(nodes, last, start) >= 0 ? "it crashes" : null;
        }

        public string? EngineFault(TensorRtMachine machine, ReadOnlyMemory<byte> engine, bool allowHostCode) => null;
    }
}
