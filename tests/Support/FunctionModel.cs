using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Types;

namespace GraphPartition.TestSupport;

/// <summary>A model with a function: <c>acme::Frobnicate(x) = x + x + 1</c>, which is also what the mock's plugin computes.</summary>
public static class FunctionModel
{
    /// <summary>x -> Relu -> Frobnicate -> Tanh -> Frobnicate, over [2,3].</summary>
    public static Model Frobnicates()
    {
        var name = new OpName("acme", "Frobnicate");
        var body = new GraphBuilder(DeclaredTypes.Instance) { Name = "" };
        Value v = body.Input("v", IrType.Unknown);
        Value one = body.Add("Constant", [], ["one"], AttributeMap.Of(("value_float", 1f))).Outputs[0]!;
        Value twice = body.Op("Add", "twice", [v, v]);
        Graph inside = body.Build(body.Op("Add", "w", [twice, one]));

        var builder = new GraphBuilder(DeclaredTypes.Instance) { Name = "frobnicates" };
        Value x = builder.Input("x", IrType.Tensor(ElementType.Float32, Shape.Of(2, 3)));
        Value first = builder.Op(name, "first", [builder.Op("Relu", "relu", [x])]);
        Value second = builder.Op(name, "second", [builder.Op("Tanh", "tanh", [first])]);
        return new(builder.Build(second))
        {
            Functions = [new(name, inside) { Opsets = OpsetVersions.Standard(17) }],
            Opsets = OpsetVersions.Standard(17).SetItem("acme", 1),
            FormatVersion = 8,
            SourceOpset = 17,
        };
    }
}
