using GraphPartition.Compiler.Import;
using GraphPartition.Ir.Graphs;
using GraphPartition.Operators;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Changes of models by hand, and models beside each other.</summary>
public sealed class GpcEditTests : GpcTest
{
    private string Edited => Folder.File("edited.onnx");

    [Fact]
    public void Shapes_names_outputs_and_opset_change_and_the_model_still_runs()
    {
        Ok("edit", Mixed, "--set-shape", "image=?,3,32,32", "--rename", "image=picture", "--rename-node", "Unique=distinct", "--opset", "19", "-o", Edited);
        Model model = ModelFile.Read(Edited, OperatorTable.Default);
        Assert.Equal(("picture", "f32[?,3,32,32]", 19), (model.Graph.Inputs[0].Name, model.Graph.Inputs[0].Type.ToString(), model.SourceOpset));
        Assert.Contains(model.Graph.Nodes, n => n.Name == "distinct");
        Assert.Equal(1, GpcProcess.Run("diff", Mixed, Edited).ExitCode);
        Ok("edit", Edited, "--set-shape", "picture=1,3,32,32", "--rename", "picture=image", "-o", Folder.File("back.onnx"));
        Assert.Contains("compute the same", Ok("diff", Mixed, Folder.File("back.onnx")).Output, StringComparison.Ordinal);
        Ok("run", Folder.File("back.onnx"));
    }

    [Theory]
    [InlineData("--set-shape", "image")]
    [InlineData("--set-shape", "image=1,-3")]
    [InlineData("--set-shape", "nothing=1,3")]
    [InlineData("--set-shape", "image=1,4,32,32")]
    [InlineData("--rename", "nothing=x")]
    [InlineData("--rename-node", "nothing=x")]
    [InlineData("--drop-output", "nothing")]
    [InlineData("--add-output", "nothing")]
    public void What_does_not_fit_is_refused(string option, string value)
    {
        Refused("GP3028", "edit", Mixed, option, value, "-o", Edited);
        Assert.False(File.Exists(Edited));
    }

    [Fact]
    public void A_diff_of_models_tells_nodes_and_weights_as_text_and_as_json()
    {
        Ok("edit", Mixed, "--rename-node", "Unique=distinct", "-o", Edited);
        Assert.Equal(1, Json("diff", Mixed, Edited).GetProperty("renamed").GetInt32());
        Model model = ModelFile.Read(Mixed, OperatorTable.Default);
        ModelFile.Write(ModelFile.Read(Mixed, OperatorTable.Default) with { Graph = model.Graph }, Edited);
        GpcProcess.Outcome other = GpcProcess.Run("diff", Mixed, Save(SomeModel()));
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("gone", other.Output, StringComparison.Ordinal);
        Refused("GP1001", "diff", Mixed, Folder.File("absent.onnx"));
        string plan = Folder.File("plan.json");
        Ok("plan", Mixed, "-o", plan);
        Refused("GP3010", "diff", plan, Mixed);
        Ok("compile", Mixed, "-o", Edited, "--engines", "off");
        Assert.Contains("the plans are the same", Ok("diff", Edited, Edited).Output, StringComparison.Ordinal);
        Assert.Contains("compute the same", Ok("diff", Edited, Edited, "--models").Output, StringComparison.Ordinal);
    }
}
