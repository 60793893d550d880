using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Writing;
using GraphPartition.Tests.Support;
using Xunit;

namespace GraphPartition.Tests.Conformance;

/// <summary>Model files that are odd, damaged or none at all, through the command line.</summary>
public sealed class GpcModelFileTests : GpcTest
{
    [Fact]
    public void Warnings_about_a_file_go_to_standard_error()
    {
        string model = Folder.File("odd.onnx");
        File.WriteAllBytes(model, OnnxWriter.ToBytes(GraphParser.ParseModel(
            "model {\n opset 17\n}\ngraph g(x: f32[2]) -> (y) {\n y: f32[3] = Relu(x)\n}")));
        foreach (string command in new[] { "plan", "inspect", "run" })
        {
            GpcProcess.Outcome outcome = GpcProcess.Run(command, model);
            Assert.Contains("GP2001 warning", outcome.Errors, StringComparison.Ordinal);
            Assert.Contains("'y' is declared as f32[3], but the operator gives f32[2]", outcome.Errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("plan", "GP1001", "missing.onnx")]
    [InlineData("plan", "GP1001", ".")]
    [InlineData("run", "GP1002", "text.onnx")]
    [InlineData("compile", "GP1002", "empty.onnx")]
    public void Files_that_are_not_models_are_refused(string command, string code, string name)
    {
        File.WriteAllText(Folder.File("text.onnx"), "this is not a protobuf, it is a sentence");
        File.WriteAllText(Folder.File("empty.onnx"), "");
        string[] arguments = [command, Folder.File(name), .. command == "compile" ? ["-o", Folder.File("out.onnx")]
            : Array.Empty<string>()];
        Refused(code, arguments);
        Assert.False(File.Exists(Folder.File("out.onnx")));
    }

    [Fact]
    public void A_file_that_ONNX_Runtime_refuses_does_not_replace_an_older_one()
    {
        string model = Folder.File("strings.onnx"), older = Folder.File("older.onnx");
        File.WriteAllBytes(model, OnnxWriter.ToBytes(GraphParser.ParseModel(
            "model {\n opset 17\n}\ngraph g(x: str[4]) -> (y) {\n y: str[n] = StringNormalizer(x) {case_change_action = \"COLOUR\"}\n}")));
        File.WriteAllText(older, "the work of yesterday");
        GpcProcess.Outcome outcome = GpcProcess.Run("compile", model, "-o", older);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("GP3018", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal("the work of yesterday", File.ReadAllText(older));
        Assert.Equal(2, Directory.GetFileSystemEntries(Folder.Path).Length);
    }

    [Fact]
    public void A_model_cut_off_anywhere_is_refused_or_is_a_smaller_model()
    {
        byte[] bytes = OnnxWriter.ToBytes(SomeModel());
        for (int tenth = 1; tenth < 10; tenth++)
        {
            string path = Folder.File($"cut{tenth}.onnx");
            File.WriteAllBytes(path, bytes.AsSpan(0, bytes.Length * tenth / 10).ToArray());
            GpcProcess.Outcome outcome = GpcProcess.Run("plan", path);
            Assert.Equal(2, outcome.ExitCode);
            Assert.Contains("GP1", outcome.Errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_faults_of_types_are_said_at_once_each_with_its_node()
    {
        var builder = new GraphBuilder(DeclaredTypes.Instance); // which objects to nothing
        Value f = builder.Input("f", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3))),
        i = builder.Input("i", IrType.Tensor(ElementType.Int64, Shape.Of(2, 3)));
        Value[] outputs =
        [
            Wrong("Exp", "exp", [i]), Wrong("Conv", "conv", [f]), Wrong("Concat", "concat", [f, f]), Wrong("MatMul", "matmul", [f, f]),
            Wrong("Softmax", "softmax", [f], ("axis", 5)), Wrong("Add", "add", [f, i]),
        ];
        string model = Folder.File("wrong.onnx");
        OnnxWriter.Write(new Model(builder.Build(outputs)) { Opsets = SomeModel().Opsets, FormatVersion = 8 }, model);
        string[] errors = Refused("GP2002", "plan", model).Errors.Split('\n');
        foreach (string part in new[] { "Exp 'exp'", "input 0 ('input')", "i64[2,3]", "expected a type of" })
            Assert.Contains(part, errors[0], StringComparison.Ordinal);
        foreach (var (code, node) in new[] { ("GP2002", "exp"), ("GP2003", "conv"), ("GP2004", "concat"), ("GP2005", "matmul"),
            ("GP2006", "softmax"), ("GP2007", "add") })
            Assert.Contains(errors, e => e.Contains($"{code} error", StringComparison.Ordinal)
                && e.Contains($"'{node}'", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(Folder.Path, "out*"));

        Value Wrong(string op, string name, Value[] inputs, params (string, AttributeValue)[] attributes) =>
            builder.Add(op, inputs, [new($"{name}_out")], AttributeMap.Of(attributes), name).Outputs[0]!;
    }
}
