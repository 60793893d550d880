using GraphPartition.Operators.Extensions;
using GraphPartition.Operators.TensorRt;

namespace GraphPartition.Operators;

/// <summary>One line of a listing of operators: <c>gpc operators</c>.</summary>
/// <param name="Op">The operator.</param>
/// <param name="Opset">The opset since which its form holds; null where no schema is known.</param>
/// <param name="InfersShapes">Whether shapes are inferred, or only the element types of the schema.</param>
/// <param name="TensorRt">What releases of TensorRT take of it, oldest first; empty where none lists it.</param>
/// <param name="IsDeclared">Whether the user added it, or a fact about it.</param>
public sealed record OperatorEntry(
    OpName Op, int? Opset, bool InfersShapes, ImmutableArray<TensorRtOperator> TensorRt, bool IsDeclared)
{
    /// <summary>All operators of a table by name, the standard domain first.</summary>
    /// <param name="table">The table.</param>
    /// <param name="release">The release to tell of; null: the history over all of them.</param>
    public static IEnumerable<OperatorEntry> Of(OperatorTable table, TensorRtRelease? release = null)
    {
        Dictionary<OpName, IOperatorExtension> declared = table.Extensions.ToDictionary(e => e.Name);
        foreach (Operator op in table.Operators.OrderBy(o => o.Name.Domain, StringComparer.Ordinal)
            .ThenBy(o => o.Name.Type, StringComparer.Ordinal))
        {
            bool isDeclared = declared.TryGetValue(op.Name, out IOperatorExtension? extension);
            yield return new(op.Name, op.Schema?.Since, op.InfersShapes,
                isDeclared ? Declared(extension!, release) : op.Name.Domain.Length > 0 ? [] : Listed(op.Name.Type, release), isDeclared);
        }
    }

    private static ImmutableArray<TensorRtOperator> Listed(string name, TensorRtRelease? release) =>
        release is not { } one ? [.. TensorRtOperator.History(name)] : TensorRtOperator.Find(name, one) is { } found ? [found] : [];

    private static ImmutableArray<TensorRtOperator> Declared(IOperatorExtension extension, TensorRtRelease? release) =>
        extension.Since is { } since && release?.IsAtLeast(since) != false ? [new(extension.Name.Type, since, true, [], [])] : [];
}
