using Google.Protobuf;
using GraphPartition.CompiledModels;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.Writing;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>Model-local functions: expanded at import, except those of the compiled model.</summary>
public class FunctionTests
{
    [Fact]
    public void A_function_is_expanded_with_names_attributes_and_defaults()
    {
        Assert.Equal("""
            graph g(x) -> (y) {
              call/t = Elu(x) {alpha = 2.0}
              y = LeakyRelu(call/t) {alpha = 0.5}
            }

            """, Expanded("""
            model {
              opset 17, d = 1
            }
            graph g(x) -> (y) {
              y = d::F(x) {a = 2.0} "call"
            }
            function d::F(p) -> (r) {
              opset 17
              attributes a
              defaults {b = 0.5}
              t = Elu(p) {alpha = @a:float}
              r = LeakyRelu(t) {alpha = @b:float}
            }
            """));
    }

    [Fact]
    public void Calls_nest_and_overloads_differ()
    {
        Assert.Equal("""
            graph g(x) -> (y) {
              "y/h" = Neg(x)
              y = Abs(y/h)
            }

            """.Replace("\"y/h\"", "y/h"), Expanded("""
            model {
              opset 17, d = 1
            }
            graph g(x) -> (y) {
              y = d::F(x)
            }
            function d::F(p) -> (r) {
              opset 17, d = 1
              h = d::G:two(p)
              r = d::G:one(h)
            }
            function d::G:one(p) -> (r) {
              opset 17
              r = Abs(p)
            }
            function d::G:two(p) -> (r) {
              opset 17
              r = Neg(p)
            }
            """));
    }

    [Fact]
    public void Missing_inputs_and_unused_attributes_are_left_out()
    {
        Assert.Equal("""
            graph g(x) -> (y) {
              y = Clip(x, _, x)
            }

            """, Expanded("""
            model {
              opset 17, d = 1
            }
            graph g(x) -> (y) {
              y = d::F(x, _, x)
            }
            function d::F(p, q, r) -> (s) {
              opset 17
              attributes a
              s = Clip(p, q, r) {z = @a:int}
            }
            """));
    }

    [Fact]
    public void An_input_that_is_the_output_keeps_the_callers_name()
    {
        Assert.Equal("""
            graph g(x) -> (y) {
              y = Identity(x)
            }

            """, Expanded("""
            model {
              opset 17, d = 1
            }
            graph g(x) -> (y) {
              y = d::F(x)
            }
            function d::F(p) -> (p) {
              opset 17
            }
            """));
    }

    [Fact]
    public void Functions_of_the_compiled_model_stay()
    {
        const string Text = """
            model {
              opset 17, ai.graphpartition = 1
            }
            graph g(x) -> (y) {
              y = ai.graphpartition::TrtNode_0(x) {engine = x"00ff"}
            }
            function ai.graphpartition::TrtNode_0(p: f32[2]) -> (r) {
              opset 17
              attributes engine
              const c: f32[2] = {1.0, 2.0}
              r: f32[2] = Add(p, c)
            }

            """;
        Model read = OnnxReader.Read(OnnxWriter.ToBytes(GraphParser.ParseModel(Text)),
            new() { KeepFunctionsOf = CompiledModelFormat.Domain });
        Assert.Equal(Text.Replace("\r", ""), GraphPrinter.Print(read));
    }

    [Theory]
    [InlineData("d::F", "d::F")]
    [InlineData("d::G", "d::F")]
    [InlineData("ai.graphpartition::G", "ai.graphpartition::F")]
    public void Recursion_is_refused(string called, string first)
    {
        string domain = first.Split("::")[0];
        string text = $$"""
            model {
              opset 17, d = 1
            }
            graph g(x) -> (y) {
              y = {{first}}(x)
            }
            function {{domain}}::F(p) -> (r) {
              r = {{called}}(p)
            }
            function {{domain}}::G(p) -> (r) {
              r = {{domain}}::F(p)
            }
            """;
        var e = Assert.Throws<ModelException>(() => OnnxReader.Read(OnnxWriter.ToBytes(GraphParser.ParseModel(text))));
        Assert.Equal("GP1011", e.Diagnostics[0].Code.Id);
    }

    [Fact]
    public void Functions_that_double_at_each_level_are_refused_in_time()
    {
        var model = new Proto.ModelProto
        {
            IrVersion = 10,
            OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } },
            Graph = new() { Node = { Call("F0", "x", "y") }, Input = { new Proto.ValueInfoProto { Name = "x" } } },
        };
        for (int i = 0; i < 60; i++)
            model.Functions.Add(
                new Proto.FunctionProto
                {
                    Name = "F"
                    + i,
                    Domain = "d",
                    Input = { "p" },
                    Output = { "r" },
                    Node = { Call("F" + (i + 1), "p", "q"), Call("F" + (i + 1), "q", "r") }
                });
        model.Functions.Add(
            new Proto.FunctionProto
            {
                Name = "F60",
                Domain = "d",
                Input = { "p" },
                Output = { "r" },
                Node = { new Proto.NodeProto { OpType = "Neg", Input = { "p" }, Output = { "r" } } }
            });
        Assert.Equal("GP1011", Assert.Throws<ModelException>(() => OnnxReader.Read(model.ToByteArray())).Diagnostics[0].Code.Id);

        static Proto.NodeProto Call(string f, string input, string output) =>
            new() { OpType = f, Domain = "d", Input = { input }, Output = { output } };
    }

    [Theory]
    [InlineData("d")]
    [InlineData(CompiledModelFormat.Domain)]
    public void Ten_thousand_functions_that_call_one_another_in_a_row_are_refused(string domain)
    {
        var model = new Proto.ModelProto
        {
            IrVersion = 10,
            OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } },
            Graph = new()
            {
                Node = { Call(0, "x", "y") },
                Input = { new Proto.ValueInfoProto { Name = "x" } },
                Output = { new Proto.ValueInfoProto { Name = "y" } }
            },
        };
        for (int i = 0; i < 10_000; i++)
            model.Functions.Add(
                new Proto.FunctionProto
                {
                    Name = $"F{i}",
                    Domain = domain,
                    Input = { "p" },
                    Output = { "r" },
                    Node = { Call(i + 1, "p", "r") }
                });
        Diagnostic fault = Assert.Throws<ModelException>(() => OnnxReader.Read(model.ToByteArray())).Diagnostics[0];
        Assert.Equal("GP1011", fault.Code.Id);

        Proto.NodeProto Call(int f, string input, string output) =>
            new() { OpType = $"F{f}", Domain = domain, Input = { input }, Output = { output } };
    }

    [Fact]
    public void As_many_nested_calls_as_are_allowed_are_expanded()
    {
        Assert.Equal("GP1011", Assert.Throws<ModelException>(() => Nested(64)).Diagnostics[0].Code.Id);
        Assert.Equal("Neg", Assert.Single(Nested(63).Graph.Nodes).Op.Type);

        static Model Nested(int functions)
        {
            var model = new Proto.ModelProto
            {
                IrVersion = 10,
                OpsetImport = { new Proto.OperatorSetIdProto { Version = 17 } },
                Graph = new()
                {
                    Node = { Call(1, "x", "y") },
                    Input = { new Proto.ValueInfoProto { Name = "x" } },
                    Output = { new Proto.ValueInfoProto { Name = "y" } }
                },
            };
            for (int i = 1; i <= functions; i++)
                model.Functions.Add(new Proto.FunctionProto
                {
                    Name = $"F{i}",
                    Domain = "d",
                    Input = { "p" },
                    Output = { "r" },
                    Node = { i < functions ? Call(i + 1, "p", "r")
                        : new Proto.NodeProto { OpType = "Neg", Input = { "p" }, Output = { "r" } } },
                });
            return OnnxReader.Read(model.ToByteArray());
        }

        static Proto.NodeProto Call(int f, string input, string output) =>
            new() { OpType = $"F{f}", Domain = "d", Input = { input }, Output = { output } };
    }

    private static string Expanded(string model) =>
        GraphPrinter.Print(OnnxReader.Read(OnnxWriter.ToBytes(GraphParser.ParseModel(model))).Graph);
}
