using GraphPartition.Compiler.Passes.Infrastructure;
using GraphPartition.Foundation;
using GraphPartition.Ir.Graphs;
using GraphPartition.Ir.Rewriting;

namespace GraphPartition.Compiler.Passes.Elimination;

/// <summary>
/// Cast(Cast(x, B), C) = Cast(x, C) where every number of x's type A is a number of B too: then the first cast loses nothing.
/// Nothing is left where C is A.
/// </summary>
/// <remarks>
/// Integers that become floats are refused unless C is A or a float: what a float beyond an integer's range becomes is not
/// defined, what an integer becomes is.
/// </remarks>
public sealed class MergeCasts : IGraphPass
{
    /// <inheritdoc/>
    public bool Concerns(Graph graph) => graph.HasAnyOf("Cast");

    /// <inheritdoc/>
    public Graph Run(Graph graph, PassContext context) => Run(graph, context, isBody: false);

    private Graph Run(Graph graph, PassContext context, bool isBody)
    {
        GraphReplay replay = context.Replay(graph, isBody);
        Func<Graph, Graph> inBody = body => Run(body, context, isBody: true);
        var sources = new Dictionary<Value, Value>(); // what the result of a cast was before
        foreach (Node node in graph.Nodes)
        {
            if (!node.Op.Is("Cast") || replay.Input(node, 0) is not { } input || node.Output(0) is not { } result)
            {
                replay.Keep(node, inBody);
                continue;
            }
            if (!sources.TryGetValue(input, out Value? source) || !CanMerge(node, source, input, result, context)) replay.Keep(node);
            else
            {
                input = source;
                if (source.ElementType == result.ElementType && replay.CanReplace(result, source))
                {
                    replay.Replace(result, source);
                    continue;
                }
                Node merged = replay.Builder.Add("Cast", [source], [OutputSpec.Like(result)], node.Attributes, node.Name, 0, node.Metadata);
                replay.Replace(result, merged.Outputs[0]!);
            }
            sources[replay.Map(result)] = input;
        }
        return replay.Finish();
    }

    private bool CanMerge(Node node, Value source, Value middle, Value result, PassContext context)
    {
        (ElementType a, ElementType b, ElementType c) = (source.ElementType, middle.ElementType, result.ElementType);
        bool isDefined = IsFloat(a) || !IsFloat(b) || IsFloat(c) || c == a || c == ElementType.Bool;
        if (IsLossless(a, b) && isDefined && c.Bits() >= 8) return true;
        context.Refuse(this, node, $"a cast from {a.Keyword()} to {b.Keyword()} before it may lose digits");
        return false;
    }

    private static bool IsLossless(ElementType from, ElementType to) =>
        from == to
        || (Digits(from) is > 0 and var a && Digits(to) is > 0 and var b && a <= b && (IsFloat(to) || !IsFloat(from))
            && (!IsSigned(from) || IsSigned(to)) && Exponent(from) <= Exponent(to));

    /// <summary>Binary digits of the significand, the hidden one included, or of an integer without its sign; 0 where it is neither.</summary>
    private static int Digits(ElementType type) => type switch
    {
        ElementType.Bool => 1,
        ElementType.Int8 => 7,
        ElementType.UInt8 => 8,
        ElementType.Int16 => 15,
        ElementType.UInt16 => 16,
        ElementType.Int32 => 31,
        ElementType.UInt32 => 32,
        ElementType.Int64 => 63,
        ElementType.UInt64 => 64,
        ElementType.BFloat16 => 8,
        ElementType.Float16 => 11,
        ElementType.Float32 => 24,
        ElementType.Float64 => 53,
        _ => 0,
    };

    /// <summary>Digits of the exponent; integers need as few as their digits ask for, which <see cref="Digits"/> has compared.</summary>
    private static int Exponent(ElementType type) => type switch
    {
        ElementType.Float16 => 5,
        ElementType.BFloat16 or ElementType.Float32 => 8,
        ElementType.Float64 => 11,
        _ => 0,
    };

    private static bool IsFloat(ElementType type) =>
        type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;

    private static bool IsSigned(ElementType type) => IsFloat(type) || type is ElementType.Int8 or ElementType.Int16 or ElementType.Int32 or ElementType.Int64;
}
