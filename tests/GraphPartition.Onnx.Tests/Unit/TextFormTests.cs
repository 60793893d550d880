using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Text;

namespace GraphPartition.Onnx.Tests.Unit;

/// <summary>The text form, and the messages for wrong texts.</summary>
public class TextFormTests
{
    [Fact]
    public void The_text_form_of_a_graph_is_as_documented()
    {
        const string Text = """
            graph main(x: f32[N,3,224,224]) -> (y) {
              const w: f32[64,3,7,7] = #0123456789abcdef
              const axes: i64[2] = {1, -2}
              h: f32[N,64,112,112], _ = Conv(x, w, _) {pads = [3, 3, 3, 3], strides = [2, 2]} "stem/conv"
              "odd name": optional(seq(f32[?,"a b"])) = my.domain::Op:two(h) {alpha = 0.1, empty = floats[], name = "s"}
              y = Resize@10(axes) {f = @alpha:float, t = i8[2] {1, 2}}
            }

            """;
        Assert.Equal(Text, GraphPrinter.Print(GraphParser.ParseGraph(Text)));
    }

    [Fact]
    public void Long_strings_are_digests_except_in_lists()
    {
        byte[] text = [.. Enumerable.Repeat((byte)'a', 300)];
        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "g" };
        builder.Add("Op", [], [], AttributeMap.Of(("one", new StringAttribute(text)),
            ("many", new StringsAttribute([text, "b"u8.ToArray()]))));
        Graph graph = builder.Build();
        string printed = GraphPrinter.Print(graph);
        Assert.Contains("one = bytes[300] #", printed, StringComparison.Ordinal);
        Assert.Contains("many = [\"aaa", printed, StringComparison.Ordinal);
        Assert.Equal(printed, GraphPrinter.Print(GraphParser.ParseGraph(printed)));
        string full = GraphPrinter.Print(graph, PrintOptions.Full);
        Assert.DoesNotContain("#", full, StringComparison.Ordinal);
        Assert.Equal(full, GraphPrinter.Print(GraphParser.ParseGraph(full), PrintOptions.Full));
        Assert.Throws<TextFormException>(() => GraphParser.ParseGraph("graph g() -> () {\n () = Op() {a = bytes[3]}\n}"));
    }

    [Theory]
    [InlineData("graph g() -> (y) {\n}", 2, "'y' is not defined")]
    [InlineData("graph g(x, x) -> () {\n}", 1, "'x' is defined twice")]
    [InlineData("graph g(x) -> () {\n y = Add(x z)\n}", 2, "expected ')', found 'z'")]
    [InlineData("graph g() -> () {\n const c: f32[2] = {1.0}\n}", 3, "1 elements do not make f32[2]")]
    [InlineData("graph g() -> () {\n const c: f99[2] = {1.0}\n}", 2, "'f99' is not an element type")]
    [InlineData("graph g() -> () {\n const c: i8[1] = {300}\n}", 3, "an element is not i8")]
    [InlineData("graph g(x: f32[2) -> () {}", 1, "expected ']', found ')'")]
    [InlineData("graph g() -> () {} more", 1, "there is more behind the graph")]
    [InlineData("graph g(x) -> () {\n y = Op(x) {a = \"open\n}", 2, "a quoted text does not end on its line")]
    public void Faults_name_their_place(string text, int line, string message)
    {
        var fault = Assert.Throws<TextFormException>(() => GraphParser.ParseGraph(text));
        Assert.Contains(message, fault.Message);
        Assert.Equal(line, fault.Line);
    }

    [Fact]
    public void Deep_nesting_is_a_fault_not_a_crash()
    {
        string lists = string.Concat(Enumerable.Repeat("[", 100_000)), types = string.Concat(Enumerable.Repeat("seq(", 100_000));
        Assert.Throws<TextFormException>(() => GraphParser.ParseGraph("graph g() -> () {\n () = Op() {a = " + lists));
        Assert.Throws<TextFormException>(() => GraphParser.ParseGraph("graph g(x: " + types));
    }

    [Fact]
    public void Comments_and_blank_lines_are_ignored() => Assert.Equal(
        "graph g(x) -> (y) {\n  y = Neg(x)\n}\n", GraphPrinter.Print(
            GraphParser.ParseGraph("// a comment\ngraph g(x)\n -> (y) { // another\n\n y = Neg(x) }")));
}
