using System.Text.Json;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>gpc operators</c>, and operators that a file adds.</summary>
public sealed class GpcOperatorsTests : GpcTest
{
    [Fact]
    public void Operators_are_listed_for_a_release_and_as_the_page_in_the_repository()
    {
        string page = File.ReadAllText(Checkout.PathOf("compiler", "Operators", "README.md"));
        Assert.Equal(page, Ok("operators", "--markdown").Output);
        JsonElement[] listed = [.. Json("operators", "Reshape", "com.microsoft::FusedConv", "--target", "tensorrt-10.16").EnumerateArray()];
        Assert.Equal(["Reshape", "com.microsoft::FusedConv"], listed.Select(o => o.GetProperty("op").GetString()));
        Assert.Equal(["10.0"], listed[0].GetProperty("tensorrt").EnumerateArray().Select(t => t.GetProperty("since").GetString()));
        Assert.Equal(0, listed[1].GetProperty("tensorrt").GetArrayLength());
        Assert.Contains("below(1,3841)", Ok("operators", "topk").Output, StringComparison.Ordinal);
        Refused("GP2010", "operators", "no-such-operator");
        Refused("GP3002", "operators", "--target", "10.99");
    }

    [Fact]
    public void Operators_that_a_file_adds_are_typed_and_supported_as_it_says()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance);
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2)));
        Value y = builder.Op(new("acme", "Frobnicate"), "frob", [x]);
        string model =
            Save(new Model(builder.Build(builder.Op("Relu", "relu", [y])))
            {
                Opsets = SomeModel().Opsets.Add("acme", 1),
                FormatVersion = 8
            });
        string file = Folder.File("operators.json");
        File.WriteAllText(file, """[ { "operator": "acme::Frobnicate", "outputs": ["same as input 0"], "tensorrt": "10.0" } ]""");
        Assert.Equal(0, Engines()); // not even what follows it: nobody knows the type
        Assert.Equal(1, Engines("--operators", file));
        Assert.Equal(1, Engines("--operators", file, "--target", "8.6")); // the Relu alone
        Assert.Contains("f32[2]", Ok("inspect", model, "--graph", "--operators", file).Output.Split('\n').Single(l => l.Contains("Relu")),
            StringComparison.Ordinal);
        Assert.Contains("acme::Frobnicate", Ok("operators", "frob", "--operators", file).Output, StringComparison.Ordinal);
        Ok("why", model, "frob", "--operators", file);

        File.WriteAllText(file, "[\n  { \"operator\": \"acme::Frobnicate\",\n    \"outputs\": [\"f33\"] } ]");
        Assert.Contains("operators.json(3)", Refused("GP2009", "plan", model, "--operators", file).Errors, StringComparison.Ordinal);
        Refused("GP2009", "plan", model, "--operators", Folder.File("nowhere.json"));

        int Engines(params string[] options) => Json(["plan", model, .. options]).GetProperty("engines").GetArrayLength();
    }
}
