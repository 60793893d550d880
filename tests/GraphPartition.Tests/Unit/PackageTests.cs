using GraphPartition.Emit;
using GraphPartition.Ir;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Unit;

public sealed class PackageTests
{
    private static readonly EngineTarget Target = new("10.16.0", "9.0", "fp32");

    [Fact]
    public void Unpacking_gives_what_was_packed() => RandomModel.Check(40, 300, model =>
    {
        CompiledModel before = Partitions.Compile(model, "random:3:0.6");
        CompiledModel after = Package.Unpack(Package.Pack(before));
        return after.Plan == before.Plan
            && after.Segments.Select(s => (s.IsEngine, s.Nodes.Length)).SequenceEqual(before.Segments.Select(s => (s.IsEngine, s.Nodes.Length)))
            && after.Groups.Select(g => (g.Id, g.ContentKey)).SequenceEqual(before.Groups.Select(g => (g.Id, g.ContentKey)))
            && Contents(after).SequenceEqual(Contents(before))
            && GraphVerifier.FindFault(after.Model.Graph) is null;
    });

    private static IEnumerable<string> Contents(CompiledModel compiled) =>
        compiled.Segments.Select(s => ContentKey.Of(s.Extract(compiled.Model.Graph, weightsAsInputs: false, ""), compiled.Model.Opsets));

    [Fact]
    public void A_packed_model_calls_one_function_for_each_group_and_shares_weights()
    {
        Model packed = Package.Pack(Partitions.Compile(RandomModel.FromCodes([11, 6, 12, 13, 11]), "all"));
        Function function = Assert.Single(packed.Functions);
        Node call = Assert.Single(packed.Graph.Nodes);
        Assert.Equal(function.Name, call.Op);
        Assert.Equal(function.Body.Inputs.AsEnumerable(), call.Inputs.AsEnumerable()!);
        Assert.Equal(4, packed.Graph.Constants.Length); // two weights, a split and a zero, in the main graph
        Assert.Empty(function.Body.Constants);
    }

    [Fact]
    public void Engines_survive_and_a_changed_byte_is_noticed()
    {
        CompiledModel compiled = Partitions.Compile(RandomModel.FromCodes([0, 6, 11]), "all");
        byte[] blob = [1, 2, 3, 4, 5];
        compiled = compiled with { Groups = [compiled.Groups[0] with { Engines = [EngineBlob.Embed(Target, blob)] }] };
        Model packed = Package.Pack(compiled);
        EngineBlob engine = Assert.Single(Package.Unpack(packed).Groups[0].Engines);
        Assert.Equal(Target, engine.Target);
        Assert.Equal(blob, engine.Data!.Bytes.ToArray());

        blob[2] ^= 1; // the tensor is a view of this array
        var error = Assert.Throws<ModelException>(() => Package.Unpack(packed));
        Assert.Equal("GP5001", error.Diagnostics[0].Code.Id);
    }

    [Fact]
    public void A_changed_plan_is_noticed()
    {
        Model packed = Package.Pack(Partitions.Compile(RandomModel.FromCodes([0]), "all"));
        Model changed = packed.WithMetadata("graphpartition.plan", packed.Metadata("graphpartition.plan") + " ");
        Assert.Equal("GP5001", Assert.Throws<ModelException>(() => Package.Unpack(changed)).Diagnostics[0].Code.Id);
    }

    [Fact]
    public void A_newer_format_is_refused()
    {
        Model packed = Package.Pack(Partitions.Compile(RandomModel.FromCodes([0]), "all"));
        var error = Assert.Throws<ModelException>(() => Package.Unpack(packed.WithMetadata("graphpartition.format", "99")));
        Assert.Equal("GP5002", error.Diagnostics[0].Code.Id);
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
}
