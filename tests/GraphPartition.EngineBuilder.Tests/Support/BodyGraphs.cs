using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Tensors;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Operators;

namespace GraphPartition.EngineBuilder.Tests.Support;

/// <summary>
/// Small models with chains of operators in bodies (<see cref="Graphs.Chain(GraphBuilder, Value, string, string[])"/>). The mock's
/// parser knows none of If, Loop and Scan, so they fall back and what is in them is planned.
/// </summary>
internal static class BodyGraphs
{
    private static readonly IrType Number = IrType.Tensor(ElementType.Int64, Shape.Scalar),
        Truth = IrType.Tensor(ElementType.Bool, Shape.Scalar);

    /// <summary>Models over x of [2, 3], by name: every kind of body, and bodies in bodies.</summary>
    public static IReadOnlyDictionary<string, Func<Model>> All { get; } = new Dictionary<string, Func<Model>>
    {
        ["If"] = () => If(["Add w", "Relu", "Softmax", "Mul w"], ["Abs", "Tanh"]),
        ["Loop"] = () => Loop(Shape.Of(2, 3), "Add w", "Relu", "Softmax", "Mul w", "Tanh"),
        ["Scan"] = () => Scan("Add w", "Tanh", "Softmax", "Sub w"),
        ["nested"] = Nested,
    };

    /// <summary>Inputs for any of the models.</summary>
    /// <param name="model">The model.</param>
    /// <param name="rows">The rows of x.</param>
    /// <param name="trips">How often a loop goes round.</param>
    /// <param name="yes">Which branch an If takes.</param>
    public static Dictionary<string, DataValue> Inputs(Model model, long rows = 2, long trips = 4, bool yes = true)
    {
        Dictionary<string, DataValue> all = new()
        {
            ["x"] = Graphs.Floats(rows, 3),
            ["trips"] = new TensorValue(TensorData.Scalar(ElementType.Int64, trips)),
            ["yes"] = new TensorValue(TensorData.Scalar(ElementType.Bool, yes)),
        };
        return model.Graph.Inputs.ToDictionary(v => v.Name, v => all[v.Name]);
    }

    /// <summary>A chain in each branch; the first one also adds what the graph around computes.</summary>
    public static Model If(string[] then, string[] otherwise)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "if" };
        Value x = X(builder, Shape.Of(2, 3)), yes = builder.Input("yes", Truth);
        Value outside = builder.Op("Neg", "outside", [x]);
        return Graphs.Of(
            builder, If(builder, yes, "if", b => b.Op("Add", "then_sum", [Graphs.Chain(b, x, "then_", then), outside]),
                b => Graphs.Chain(b, x, "else_", otherwise)));
    }

    /// <summary>A chain on a state, then a captured weight and a captured value on top; the state of each iteration is a result
    /// too.</summary>
    public static Model Loop(Shape shape, params string[] ops)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "loop" };
        Value x = X(builder, shape), outside = builder.Op("Neg", "outside", [x]),
            weight = builder.Constant("outer", TensorData.Floats([0.5f, -0.25f, 1], 3));
        Node loop = Loop(builder, x, shape, (b, state) =>
            b.Op("Add", "next", [b.Op("Mul", "scaled", [Graphs.Chain(b, state, "body_", ops), weight]), outside]));
        return Graphs.Of(builder, loop.Outputs[0]!, loop.Outputs[1]!);
    }

    /// <summary>A loop whose state gets one row longer in each iteration, after an Abs of it.</summary>
    public static Model Growing()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "growing" };
        Value x = X(builder, Shape.Of(2, 3)), row = builder.Constant("row", TensorData.Floats([-1, 0, 1], 1, 3));
        var body = Body(builder);
        body.Input("i", Number);
        Value goOn = body.Input("go_on", Truth), state = body.Input("state", IrType.Tensor(ElementType.Float32, new Shape(default, 3)));
        Value next = body.Add("Concat", [Graphs.Chain(body, state, "body_", "Abs", "Add w"), row], ["next"], AttributeMap.Of(("axis", 0L)),
            "concat").Outputs[0]!;
        Node loop = builder.Add("Loop", [builder.Input("trips", Number), null, x], ["last"],
            AttributeMap.Of(("body", body.Build(goOn, next))), "loop");
        return Graphs.Of(builder, loop.Outputs[0]!);
    }

    /// <summary>A loop that carries an optional, which sessions leave to ONNX Runtime.</summary>
    public static Model Optional()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "optional" };
        Value x = X(builder, Shape.Of(2, 3)), filled = builder.Op("Optional", "filled", [x]);
        GraphBuilder body = Body(builder);
        body.Input("i", Number);
        Value goOn = body.Input("go_on", Truth), carried = body.Input("carried", filled.Type), state = body.Input("state", x.Type);
        Value next = Graphs.Chain(body, state, "body_", "Abs", "Add w");
        Node loop = builder.Add("Loop", [builder.Input("trips", Number), null, filled, x], ["kept", "last"],
            AttributeMap.Of(("body", body.Build(goOn, carried, next))), "loop");
        return Graphs.Of(builder, loop.Outputs[1]!) with { Opsets = OpsetVersions.Standard(18) };
    }

    private static Model Scan(params string[] ops)
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "scan" };
        Value x = X(builder, Shape.Of(2, 3)), start = builder.Constant("start", TensorData.Floats([1, 2, 3], 3));
        var body = Body(builder);
        IrType row = IrType.Tensor(ElementType.Float32, Shape.Of(3));
        Value state = body.Input("state", row), element = body.Input("element", row);
        Value next = body.Op("Add", "next", [Graphs.Chain(body, state, "body_", ops), element]);
        Node scan = builder.Add("Scan", [start, x], ["last", "all"],
            AttributeMap.Of(("body", body.Build(next, body.Op("Neg", "negated", [next]))), ("num_scan_inputs", 1L)), "scan");
        return Graphs.Of(builder, scan.Outputs[0]!, scan.Outputs[1]!);
    }

    /// <summary>A chain around a loop, in whose body is a chain and an If with a chain in each branch.</summary>
    private static Model Nested()
    {
        var builder = new GraphBuilder(OperatorTable.Default) { Name = "nested" };
        Value x = X(builder, Shape.Of(2, 3)), yes = builder.Input("yes", Truth),
            first = Graphs.Chain(builder, x, "before_", "Add w", "Relu");
        Node loop = Loop(builder, first, Shape.Of(2, 3), (b, state) =>
        {
            Value inner = Graphs.Chain(b, state, "body_", "Abs", "Mul w");
            return If(b, yes, "choice", t => t.Op("Add", "then_sum", [Graphs.Chain(t, inner, "then_", "Tanh", "Sub w"), first]),
                e => Graphs.Chain(e, inner, "else_", "Neg", "Exp", "Tanh"));
        });
        return Graphs.Of(builder, Graphs.Chain(builder, loop.Outputs[0]!, "after_", "Abs", "Tanh"), loop.Outputs[1]!);
    }

    private static Value X(GraphBuilder builder, Shape shape) => builder.Input("x", IrType.Tensor(ElementType.Float32, shape));

    private static GraphBuilder Body(GraphBuilder around) => new(around.Rules, around.Scope) { Name = "body" };

    private static Value If(GraphBuilder builder, Value condition, string name, Func<GraphBuilder, Value> then,
        Func<GraphBuilder, Value> otherwise)
    {
        Graph Branch(Func<GraphBuilder, Value> make)
        {
            GraphBuilder body = Body(builder);
            return body.Build(make(body));
        }
        return builder.Add("If", [condition], [$"{name}_result"],
            AttributeMap.Of(("then_branch", Branch(then)), ("else_branch", Branch(otherwise))), name).Outputs[0]!;
    }

    private static Node Loop(GraphBuilder builder, Value start, Shape shape, Func<GraphBuilder, Value, Value> make)
    {
        GraphBuilder body = Body(builder);
        body.Input("i", Number);
        Value goOn = body.Input("go_on", Truth), state = body.Input("state", IrType.Tensor(ElementType.Float32, shape));
        Value next = make(body, state);
        return builder.Add("Loop", [builder.Input("trips", Number), null, start], ["last", "all"],
            AttributeMap.Of(("body", body.Build(goOn, next, next))), "loop");
    }
}
