using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>--custom-ops LIBRARY</c>: types, planning, compiling, running, comparing and measuring.</summary>
public sealed class GpcCustomOpsTests : GpcTest
{
    [CustomOperatorFact]
    public void A_library_of_custom_operators_works_in_every_command()
    {
        string library = CustomOperatorCompiler.Compile(), model = Save(Swirled()), compiled = Folder.File("compiled.onnx");
        Assert.Equal(1, Supported(Json("plan", model))); // the types of all nodes but the first depend on the library
        Assert.Equal(3, Supported(Json("plan", model, "--custom-ops", library)));
        Assert.Contains("f32[2,3]", Ok("inspect", model, "--graph", "--custom-ops", library).Output.Split('\n').Single(l => l.Contains("Sigmoid")),
            StringComparison.Ordinal);

        Assert.True(Json("run", model, "--custom-ops", library, "--support", "random:5:0.5", "--keep-groups").GetProperty("agrees").GetBoolean());
        Ok("compile", model, "-o", compiled, "--custom-ops", library);
        Assert.Contains("compiled with libtestops.so (custom operators)", Ok("inspect", compiled).Output, StringComparison.Ordinal);
        Assert.True(Json("run", compiled, "--custom-ops", library, "--keep-groups").GetProperty("agrees").GetBoolean());
        Ok("bench", compiled, "--custom-ops", library, "--vs", "onnxruntime", "--seconds", "0");

        string refused = Refused("GP5003", "run", compiled).Errors;
        foreach (string part in new[] { "test.custom::Swirl 'swirled'", "libtestops.so", "--custom-ops" })
            Assert.Contains(part, refused, StringComparison.Ordinal);
        string again = Folder.File("again.onnx"); // what was compiled with a library stays so
        Ok("compile", compiled, "-o", again, "--support", "none");
        Assert.Equal("libtestops.so", Assert.Single(CompiledModelFormat.Read(again).Libraries).Name);
    }

    [CustomOperatorFact]
    public void Another_library_of_that_name_is_a_warning_and_a_wrong_one_is_refused()
    {
        string model = Save(Swirled()), compiled = Folder.File("compiled.onnx");
        Ok("compile", model, "-o", compiled, "--custom-ops", CustomOperatorCompiler.Compile());
        Assert.Contains("GP5021", Ok("run", compiled, "--custom-ops", CustomOperatorCompiler.Compile(flags: "-DOTHER=1 -g")).Errors,
            StringComparison.Ordinal);
        Refused("GP5020", "run", compiled, "--custom-ops", Folder.File("nowhere.so"));
        Refused("GP5020", "plan", model, "--custom-ops", compiled);
        string operators = Folder.File("operators.json");
        File.WriteAllText(operators, """[ { "operator": "test.custom::Swirl", "outputs": ["i64"] } ]""");
        Refused("GP2020", "plan", model, "--custom-ops", CustomOperatorCompiler.Compile(), "--operators", operators);
    }

    private static int Supported(JsonElement plan) => plan.GetProperty("supported").GetInt32();

    /// <summary>x -> Relu -> Swirl -> Sigmoid -> Neg.</summary>
    private static Model Swirled()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "swirled" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value swirled = builder.Op(new("test.custom", "Swirl"), "swirled", [builder.Op("Relu", "relu", [x])], AttributeMap.Of(("shift", 1)));
        Value y = builder.Op("Neg", "neg", [builder.Op("Sigmoid", "sigmoid", [swirled])]);
        return new(builder.Build(y)) { Opsets = OpsetVersions.Standard(18).SetItem("test.custom", 1), FormatVersion = 8, SourceOpset = 18 };
    }
}
