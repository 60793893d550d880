using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;
using GraphPartition.Operators;
using GraphPartition.Runtime.Scheduling;
using GraphPartition.Serving.Deploy;
using GraphPartition.Serving.Models;
using GraphPartition.TestModels;

namespace GraphPartition.Serving.Tests.Conformance;

/// <summary>Repositories for Triton: valid by its protocol, and equal to the whole model when they are run part by part.</summary>
public sealed class TritonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Shared => ["squeezenet1_1", "mixed_unsupported", "nonzero_dyn", "yolo_like", "control_flow"];

    [SharedTheory]
    [MemberData(nameof(Shared))]
    public void The_parts_of_a_shared_model_give_what_the_whole_gives(string name)
    {
        Model model = ModelFile.Read(SharedModels.ModelOf(name), OperatorTable.Default);
        CheckParts(Partitions.Compile(model, "table"), TestRun.Inputs(model.Graph));
    }

    [Fact]
    public void Batches_are_declared_where_the_proof_allows_them()
    {
        Model model = ModelZoo.Find("lenet")!.Build(new() { Batch = "n", Rules = OperatorTable.Default });
        CompiledModel compiled = Partitions.Compile(model, "random:3:0.5");
        Dictionary<string, DataValue> inputs = new Runtime.MadeUp.InputGenerator(new Dictionary<string, long> { ["n"] = 3 })
            .For(model.Graph).ToDictionary(i => i.Key, i => (DataValue)new TensorValue(i.Value));
        CheckParts(compiled, inputs);
        ModelConfig config = TextFormat.ReadConfig(_folder.File("engines/m/config.pbtxt"));
        Assert.Equal(8, config.MaxBatchSize);
        Assert.Equal([1L, 32L, 32L], config.Input[0].Dims);
    }

    [Fact]
    public void Scalars_and_rows_of_scalars_are_reshaped()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "scalar" };
        Value x = builder.Input("x", Ir.Types.IrType.Tensor(ElementType.Float32, new Ir.Types.Shape(2, 2)));
        Value sum = builder.Add("ReduceSum", [x], ["sum"], AttributeMap.Of(("keepdims", 0L)), "reduce").Outputs[0]!;
        Model model = ServedModels.ModelOf(builder.Build(builder.Op("Neg", "y", [sum])));
        CompiledModel compiled = Partitions.Compile(model, Write("support.txt", "op Neg"));
        CheckParts(compiled, TestRun.Inputs(model.Graph));
        ModelConfig config = TextFormat.ReadConfig(_folder.File("engines/m/config.pbtxt"));
        Assert.Equal([1L], config.Output[0].Dims);
        Assert.Empty(config.Output[0].Reshape.Shape);
    }

    [Fact]
    public void A_model_without_engines_is_one_ONNX_model()
    {
        Model model = ModelZoo.Find("lenet")!.Build(new() { Batch = "n", Rules = OperatorTable.Default });
        Assert.Equal(["net"], TritonRepository.Write(Partitions.Compile(model, "table"), _folder.File("r"), new("net")));
        ModelConfig config = TextFormat.ReadConfig(_folder.File("r/net/config.pbtxt"));
        Assert.Equal("onnxruntime", config.Backend);
        Assert.Equal(500ul, config.DynamicBatching.MaxQueueDelayMicroseconds);
        Assert.Single(config.ModelWarmup);
    }

    [Fact]
    public void A_text_of_any_kind_survives_the_text_format()
    {
        var config = new ModelConfig
        {
            Name = "a \"quoted\" \\ name\nof two lines, ümläut 模型",
            Parameters = { ["k\t"] = new() { StringValue = "" } },
            VersionPolicy = new() { All = new() },
            InstanceGroup = { new ModelInstanceGroup { Gpus = { 0, 3 }, Kind = ModelInstanceGroup.Types.Kind.Model } },
            Input = { new ModelInput { Name = "x", Dims = { -1, 3 }, Reshape = new() } },
        };
        File.WriteAllText(_folder.File("c.pbtxt"), ProtobufText.Print(config));
        Assert.Equal(config, TextFormat.ReadConfig(_folder.File("c.pbtxt")));
    }

    [Fact]
    public void A_damaged_engine_is_not_deployed_and_nothing_is_half_written()
    {
        Model model = ModelZoo.Find("lenet")!.Build(new() { Rules = OperatorTable.Default });
        CompiledModel compiled = Partitions.Compile(model, "all").WithGroups(g =>
            g with { Engines = [EngineBlob.Embed(Target("9.0"), new byte[4])] });
        Assert.Equal("GP4023", Assert.Throws<ModelException>(
            () => TritonRepository.Write(compiled, _folder.File("r"), new("net"))).Diagnostics[0].Code.Id);
        Assert.False(Directory.Exists(_folder.File("r/net")));
        Directory.CreateDirectory(_folder.File("r/net"));
        Assert.Equal("GP5046", Assert.Throws<ModelException>(
            () => TritonRepository.Write(Partitions.Compile(model, "none"), _folder.File("r"), new("net"))).Diagnostics[0].Code.Id);
        Assert.Equal("GP5046", Assert.Throws<ModelException>(
            () => TritonRepository.Write(compiled, _folder.File("r"), new("../net"))).Diagnostics[0].Code.Id);
    }

    [Fact]
    public void A_list_can_neither_be_served_nor_cross_between_parts()
    {
        var builder = new GraphBuilder(OperatorTable.Default);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2))), list = builder.Op("SequenceConstruct", "list", [x]);
        Assert.Equal("GP5045", Assert.Throws<ModelException>(() => TensorInfo.Of(list)).Diagnostics[0].Code.Id);
        Assert.Equal("GP5049", Assert.Throws<ModelException>(() => TritonTensor.Of(list, "list", isBatched: false)).Diagnostics[0].Code.Id);
    }

    /// <summary>Runs the repository with ONNX parts only, and the one in which the groups are engines.</summary>
    private void CheckParts(CompiledModel compiled, Dictionary<string, DataValue> inputs)
    {
        compiled = compiled.Lower();
        DataValue[] expected = TestRun.RunPlain(OnnxWriter.ToBytes(compiled.Model), inputs);
        string[] names = [.. compiled.Model.Graph.Outputs.Select(o => o.Name)];
        CheckRun(compiled, "parts", keepGroups: true, []);

        // The bytes of these engines are made up; what matters is where they are and how they are named.
        CompiledModel engines = compiled.WithGroups(g => g with
        {
            Engines =
            [
                .. new[] { "8.9", "9.0" }.Select(c => EngineBlob.Embed(Target(c), new byte[] { 1, 2, (byte)g.Id }) with
                { Content = EngineOrigin.KeyOf(compiled, compiled.PlacedGroups.Single(p => p.Group.Id == g.Id)) }),
            ],
        });
        var plan = ExecutionPlan.Of(engines, g => !g.Engines.IsEmpty);
        CheckRun(engines, "engines", keepGroups: false, plan.Steps.Select((step, i) => (step, i)).Where(s => s.step.Group is not null)
            .ToDictionary(s => $"m_engine_{s.i}", s => SegmentModel.ForParser(compiled.Model, s.step.Group!, m => new LoweredModel(m))!.Bytes));

        void CheckRun(CompiledModel written, string repository, bool keepGroups, Dictionary<string, byte[]> plans)
        {
            TritonRepository.Write(written, _folder.File(repository), new("m") { KeepGroups = keepGroups });
            Dictionary<string, DataValue> actual = new TritonInterpreter(_folder.File(repository), plans).Run("m", inputs);
            Assert.Null(TestRun.Difference(expected, [.. names.Select(n => actual[n])]));
        }
    }

    private static EngineTarget Target(string capability) => new(new TensorRtRelease(10, 16), capability, "fp32");

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
