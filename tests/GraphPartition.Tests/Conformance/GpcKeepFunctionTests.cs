using System.Text.Json;
using GraphPartition.CompiledModels;
using GraphPartition.Ir.Graphs;
using GraphPartition.Onnx.Writing;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary><c>--keep-function DOMAIN::NAME</c>: calls that stay nodes, with the function as types and as portable form.</summary>
public sealed class GpcKeepFunctionTests : GpcTest
{
    private static readonly string[] Keep = ["--keep-function", "acme::Frobnicate"];

    [Fact]
    public void Calls_stay_nodes_that_the_body_types_and_computes()
    {
        string model = Folder.File("m.onnx"), compiled = Folder.File("c.onnx");
        OnnxWriter.Write(FunctionModel.Frobnicates(), model);
        JsonElement inlined = Json("plan", model), kept = Json(["plan", model, .. Keep]);
        Assert.Equal(inlined.GetProperty("supported").GetInt32(), inlined.GetProperty("nodes").GetInt32());
        Assert.Equal((4, 2), (kept.GetProperty("nodes").GetInt32(), kept.GetProperty("supported").GetInt32())); // Relu and Tanh have types
        for (int seed = 0; seed < 3; seed++)
        {
            JsonElement run = Json(["run", model, .. Keep, "--support", $"random:{seed}:0.5", "--keep-groups"]);
            Assert.True(run.GetProperty("agrees").GetBoolean());
        }

        Ok(["compile", model, "-o", compiled, .. Keep, "--support", "random:1:0.5"]);
        CompiledModel read = CompiledModelFormat.Read(compiled);
        Assert.Equal(new OpName("acme", "Frobnicate"), Assert.Single(read.Model.Functions).Name);
        Assert.Equal(2, read.Model.Graph.Nodes.Count(n => n.Op.Domain == "acme"));
        Assert.True(Json("run", compiled, "--keep-groups").GetProperty("agrees").GetBoolean());
        Assert.Equal(4, Json("plan", compiled).GetProperty("nodes").GetInt32()); // planned again, they stay what they are
        Ok("verify", compiled);
    }

    [Fact]
    public void A_name_that_is_no_function_is_refused()
    {
        string model = Folder.File("m.onnx");
        OnnxWriter.Write(FunctionModel.Frobnicates(), model);
        Assert.Contains("acme::Frobnicate", Refused("GP1014", "plan", model, "--keep-function", "acme::Swirl").Errors,
            StringComparison.Ordinal);
        Refused("GP3012", "plan", model, "--keep-function", "a::b::c");
    }
}
