using System.Collections.Frozen;
using GraphPartition.Foundation;
using GraphPartition.Ir.Tensors;
using GraphPartition.MindIr.Evaluate;
using GraphPartition.MindIr.Proto;

namespace GraphPartition.MindIr.Primitives;

/// <summary>Every primitive that can be converted. To add one, add a row to the file of its family.</summary>
internal static class PrimitiveTable
{
    private static readonly FrozenDictionary<string, Primitive> Rows = new IEnumerable<Primitive>[]
    {
        Structure.Rows, Elementwise.Rows, Activations.Rows, Convolutions.Rows, Pooling.Rows, Normalization.Rows, MatrixProducts.Rows,
        Reductions.Rows, Reshaping.Rows, Slicing.Rows, Indexing.Rows, Resizing.Rows, Filling.Rows, Recurrent.Rows, Scalars.Rows,
    }.SelectMany(rows => rows).ToFrozenDictionary(row => row.Name);

    /// <summary>What Python and training leave in a graph that was saved before it was compiled for inference.</summary>
    private static readonly FrozenSet<string> OfPython = FrozenSet.Create(
        "getattr", "getitem", "resolve", "isinstance", "typeof", "is_constant", "make_dict", "make_list", "make_range", "make_slice",
        "raise", "raise_type_error", "python_len_with_check", "range_op", "tuple_setitem", "is_shape_unknown", "generate_shape_index",
        "_generate_inverse_index", "is_not", "MakeRowTensor", "UnsortedSegmentSum", "DropoutDoMask", "DropoutGenMask");

    /// <summary>The names of all rows, sorted.</summary>
    public static IEnumerable<string> Names => Rows.Keys.Order(StringComparer.Ordinal);

    /// <summary>The row of a primitive, or null.</summary>
    public static Primitive? Find(string name) => Rows.GetValueOrDefault(name);

    /// <summary>Why a primitive without a row cannot be converted.</summary>
    public static ImportFault Unknown(PrimitiveOperation primitive, NodeProto node)
    {
        if (OfPython.Contains(primitive.Name) || primitive.Name.Contains('[') || primitive.Name.Contains("Grad", StringComparison.Ordinal))
            return new(Codes.TrainingConstruct, $"it applies '{primitive.Name}'");
        if (primitive.Name.StartsWith("FakeQuant", StringComparison.Ordinal))
            return new(Codes.PackedWeights, $"it applies '{primitive.Name}', which marks a quantised network");
        if (primitive.Attributes.Names.Contains("constexpr_name"))
            return new(Codes.TrainingConstruct, $"it applies the Python function '{primitive.Name}', which runs when MindSpore compiles the network");
        string attributes = string.Join(", ", primitive.Attributes.Described);
        return new(Codes.UnknownPrimitive, $"no row converts the primitive '{primitive.Name}', with {node.Input.Count} inputs"
            + (attributes.Length > 0 ? $" and the attributes {attributes}" : " and no attributes"));
    }

    /// <summary>
    /// Whether a primitive changes a weight. MindSpore marks most of them, batch normalisation in training among them.
    /// </summary>
    public static bool ChangesState(PrimitiveOperation primitive) => primitive.Name is "Assign" or "AssignAdd" or "AssignSub"
        || primitive.Attributes["side_effect_mem"] is ConstantOperand { Data.ElementCount: 1 } flag
            && Numbers.At(flag.Data.Element, flag.Data.Bytes.Span, 0) != 0;
}
