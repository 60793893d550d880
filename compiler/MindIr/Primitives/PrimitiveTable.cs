using System.Collections.Frozen;

namespace GraphPartition.MindIr.Primitives;

/// <summary>Every primitive that can be converted. To add one, add a row to the file of its family.</summary>
internal static class PrimitiveTable
{
    private static readonly FrozenDictionary<string, Primitive> Rows = new IEnumerable<Primitive>[]
    {
        Structure.Rows, Elementwise.Rows, Activations.Rows, Convolutions.Rows, Pooling.Rows, Normalization.Rows, MatrixProducts.Rows,
        Reductions.Rows, Reshaping.Rows, Slicing.Rows, Indexing.Rows, Resizing.Rows, Filling.Rows, Recurrent.Rows, Scalars.Rows,
    }.SelectMany(rows => rows).ToFrozenDictionary(row => row.Name);

    /// <summary>Names that Python and training leave in a graph that was saved before it was compiled for inference.</summary>
    private static readonly FrozenSet<string> OfPython = FrozenSet.Create(
        "getattr", "getitem", "resolve", "isinstance", "typeof", "is_constant", "make_dict", "make_list", "make_range", "make_slice",
        "raise", "raise_type_error", "python_len_with_check", "range_op", "tuple_setitem", "is_shape_unknown", "generate_shape_index",
        "_generate_inverse_index", "is_not", "MakeRowTensor", "UnsortedSegmentSum", "DropoutDoMask", "DropoutGenMask");

    /// <summary>The names of all rows, sorted.</summary>
    public static IEnumerable<string> Names => Rows.Keys.Order(StringComparer.Ordinal);

    /// <summary>The row of a primitive, or null.</summary>
    public static Primitive? Find(string name) => Rows.GetValueOrDefault(name);

    /// <summary>Why a primitive without a row cannot be converted.</summary>
    public static ImportFault Unknown(string name, AttributeSet attributes, int inputs)
    {
        if (OfPython.Contains(name) || name.Contains('[') || name.Contains("Grad", StringComparison.Ordinal))
            return new(MindIrCodes.TrainingConstruct, $"it applies '{name}'");
        if (name.StartsWith("FakeQuant", StringComparison.Ordinal))
            return new(MindIrCodes.PackedWeights, $"it applies '{name}', which marks a quantized network");
        if (attributes.Names.Contains("constexpr_name"))
            return new(MindIrCodes.TrainingConstruct, $"it applies the Python function '{name}', which runs when MindSpore compiles the network");
        string described = string.Join(", ", attributes.Described);
        return new(MindIrCodes.UnknownPrimitive, $"no row converts the primitive '{name}', with {inputs} inputs"
            + (described.Length > 0 ? $" and the attributes {described}" : " and no attributes"));
    }

    /// <summary>Whether a primitive changes a weight. MindSpore marks most of them, batch normalization in training among them.</summary>
    public static bool ChangesState(string name, AttributeSet attributes) => name is "Assign" or "AssignAdd" or "AssignSub"
        || attributes["side_effect_mem"] is ConstantOperand { Data.ElementCount: 1 } flag
            && Numbers.At(flag.Data.Element, flag.Data.Bytes.Span, 0) != 0;
}
