using GraphPartition.Serving.Protocol;

namespace GraphPartition.Serving.Wire;

/// <summary>The element types of the protocol (github.com/kserve/open-inference-protocol, "Tensor Data Types") and Triton's names of them.</summary>
internal static class WireTypes
{
    private static readonly (string Name, ElementType Element, DataType Config)[] All =
    [
        ("BOOL", ElementType.Bool, DataType.TypeBool),
        ("UINT8", ElementType.UInt8, DataType.TypeUint8), ("UINT16", ElementType.UInt16, DataType.TypeUint16),
        ("UINT32", ElementType.UInt32, DataType.TypeUint32), ("UINT64", ElementType.UInt64, DataType.TypeUint64),
        ("INT8", ElementType.Int8, DataType.TypeInt8), ("INT16", ElementType.Int16, DataType.TypeInt16),
        ("INT32", ElementType.Int32, DataType.TypeInt32), ("INT64", ElementType.Int64, DataType.TypeInt64),
        ("FP16", ElementType.Float16, DataType.TypeFp16), ("FP32", ElementType.Float32, DataType.TypeFp32),
        ("FP64", ElementType.Float64, DataType.TypeFp64), ("BF16", ElementType.BFloat16, DataType.TypeBf16),
        ("BYTES", ElementType.String, DataType.TypeString),
    ];

    /// <summary>The name of a type; null where the protocol lacks it.</summary>
    public static string? NameOf(ElementType element) => All.FirstOrDefault(t => t.Element == element).Name;

    /// <summary>Triton's name of a type; invalid where it lacks it.</summary>
    public static DataType ConfigOf(ElementType element) => All.FirstOrDefault(t => t.Element == element).Config;

    /// <summary>The type of a name.</summary>
    /// <exception cref="ModelException">GP5040: there is no such type.</exception>
    public static ElementType Parse(string? name, string where)
    {
        foreach (var type in All)
            if (type.Name == name) return type.Element;
        throw ServingCodes.BadRequest.Error(where, $"the datatype '{name}' is not one of {string.Join(", ", All.Select(t => t.Name))}");
    }
}
