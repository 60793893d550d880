using GraphPartition.CompiledModels;
using GraphPartition.Compiler.Import;
using GraphPartition.Compiler.Import.Opsets;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Operators;
using GraphPartition.TestModels;
using Xunit;

namespace GraphPartition.Tests.Unit;

/// <summary>The keys that bind engines to the nodes and weights of their groups.</summary>
public sealed class ContentKeyTests
{
    /// <summary>Reading converts nodes to the canonical opset and writing converts them back. Engines stay bound to groups.</summary>
    [Theory]
    [InlineData("lenet")]
    [InlineData("bert_small")]
    [InlineData("mixed")]
    [InlineData("mobilenet_v2_nonzero")]
    [InlineData("wide_deep_unique")]
    [InlineData("equilibrium")]
    public void Keys_of_groups_are_the_same_in_memory_in_the_file_and_after_the_compiler_read_it_again(string name)
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("m.onnx");
        Model model = ModelZoo.Find(name)!.Build(new() { Rules = OperatorTable.Default });
        CompiledModel compiled = Partitions.Compile(model, "random:5:0.7");
        CompiledModelFormat.Write(compiled, path);
        string[] keys = Keys(compiled);
        Assert.Equal(keys, Keys(CompiledModelFormat.Read(path)));
        Assert.Equal(keys, Keys(CompiledModelFormat.Read(ModelFile.Read(path, OperatorTable.Default)).Lower()));
    }

    [Fact]
    public void The_content_key_ignores_names_and_sees_weights()
    {
        Assert.Equal(Key("a", 1), Key("b", 1));
        Assert.NotEqual(Key("a", 1), Key("a", 2));

        static string Key(string name, float weight)
        {
            var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = name };
            Value x = builder.Input(name + "x", IrType.Tensor(ElementType.Float32, Shape.Of(1)));
            Value w = builder.Constant(name + "w", TensorData.Floats([weight], 1));
            return ContentKey.Of(builder.Build(builder.Op("Mul", name, [x, w])), []);
        }
    }

    internal static string[] Keys(CompiledModel compiled) =>
        [.. compiled.PlacedGroups.Select(g => $"{g.Group.Id} {EngineOrigin.KeyOf(compiled, g)}")];
}
