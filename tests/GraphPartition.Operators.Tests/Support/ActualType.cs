using GraphPartition.Foundation;
using GraphPartition.Ir.Types;
using GraphPartition.Onnx.Reading;
using GraphPartition.Onnx.TestData;

namespace GraphPartition.Operators.Tests.Support;

/// <summary>The types of actual values.</summary>
internal static class ActualType
{
    /// <summary>The type of the value in a file of a test data set; null where an optional holds nothing.</summary>
    public static IrType? Of(string file, IrType declared)
    {
        IrType? actual = Of(TestDataSet.ReadValue(file, declared is TensorType ? IrType.Unknown : declared));
        // The tests' data came through NumPy, which has no bfloat16: such a tensor is stored as uint16.
        return (actual, declared) is (TensorType t, TensorType { Element: ElementType.BFloat16 })
            ? t with { Element = ElementType.BFloat16 } : actual;
    }

    /// <summary>The type of a value; of a sequence what all elements have in common.</summary>
    public static IrType? Of(DataValue value) => value switch
    {
        TensorValue v => v.Data.Type,
        OptionalValue v => v.Item is null ? null : Of(v.Item),
        SequenceValue v => new SequenceType(Common([.. v.Items.Select(Of)])),
        _ => IrType.Unknown,
    };

    private static IrType Common(IrType?[] types)
    {
        if (types.Length == 0) return IrType.Unknown;
        IrType first = types[0] ?? IrType.Unknown;
        foreach (IrType? type in types.Skip(1))
        {
            if (first is not TensorType { Shape: { } a } x || type is not TensorType { Shape: { } b }) continue;
            first = x with { Shape = a.Rank != b.Rank ? null : new Shape([.. a.Select((d, i) => d == b[i] ? d : Dim.Unknown)]) };
        }
        return first;
    }
}
