using System.Collections.Frozen;
using GraphPartition.Operators.Families;

namespace GraphPartition.Compiler.Tagging;

/// <summary>
/// The operators that MindSpore itself gave to TensorRT, for comparison: its TensorRT pass (trt_op_converter.cc) registered the same 62
/// primitives from 1.3 to 2.3, for TensorRT 7. A node is supported where the primitives that implement it are on that list, and its
/// shapes, element types and constants are accepted by their converters. Where a converter silently computes something else
/// (dilation, the alpha of Elu), the node still counts as supported.
/// </summary>
public sealed class MindSporeSupport : SupportPolicy
{
    private static readonly FrozenSet<ElementType> Elements =
        FrozenSet.Create(ElementType.Float32, ElementType.Float16, ElementType.Int8, ElementType.Int32);

    private static readonly Verdict NotListed = Verdict.No("MindSpore's list for TensorRT has no primitive for it", "mindspore-list");

    /// <inheritdoc/>
    public override string Name => "mindspore";

    /// <summary>
    /// The primitives of MindSpore's list: all 62 but Return, which marks results and is not an operator.
    /// </summary>
    public static IEnumerable<string> Primitives =>
        OperatorDefinitions.All.Where(d => d.MindSpore is not null)
            .SelectMany(d => (d.MindSpore!.Names ?? d.Name.Type).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Distinct()
            .Order(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override Verdict SupportOf(Node node, int index)
    {
        if (OperatorDefinitions.Of(node.Op).MindSpore is not { } listed) return NotListed;
        foreach (Value? value in node.Inputs.Concat(node.Outputs))
        {
            if (value is null or { IsConstant: true }) continue; // constant arguments became attributes
            if (!Elements.Contains(value.ElementType))
                return Verdict.No($"MindSpore gives no tensors of {value.ElementType.Keyword()} to TensorRT", "mindspore-element-type");
            if (value.Shape is not { IsStatic: true })
                return Verdict.No("MindSpore builds engines for known shapes only", "mindspore-shape");
        }
        return listed.Refusal?.Invoke(node) is { } reason
            ? Verdict.No($"MindSpore does not take it: {reason}", "mindspore-restriction") : Verdict.Yes;
    }
}
