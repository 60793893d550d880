namespace GraphPartition.Operators.Definitions;

/// <summary>
/// All that is known of one operator in its canonical form: one row in the table of its family. Two facets are in data files, by the
/// operator's name: the schemas (<c>onnx.schemas</c> and others) and what each release of TensorRT runs (<c>tensorrt.support</c>).
/// A facet that a row leaves out has the safe answer: nothing is known.
/// </summary>
public sealed record OperatorDefinition
{
    /// <summary>An operator of which nothing is known.</summary>
    public static OperatorDefinition Unknown { get; } = new();

    /// <summary>The operator.</summary>
    public OpName Name { get; init; } = new("");

    /// <summary>Sets the types and shapes of the outputs; null: only the schema's type variables tell of them.</summary>
    public ShapeRule? Types { get; init; }

    /// <summary>Reports what no run of a node can satisfy, besides what <see cref="Types"/> reports.</summary>
    public Action<NodeTyping>? Check { get; init; }

    /// <summary>
    /// Whether equal inputs give equal outputs every time, and nothing else happens. Constants are folded and equal nodes are merged
    /// only where this is so.
    /// </summary>
    public bool IsPure { get; init; }

    /// <summary>The arithmetic of a node.</summary>
    public Work Work { get; init; } = Work.Elements;

    /// <summary>What is proved of an output's numbers; null: nothing.</summary>
    public RangeRule? Range { get; init; }

    /// <summary>Bounds the sizes of the outputs, and the elements of shapes; null: nothing bounds what has no symbol.</summary>
    public SizeRule? Sizes { get; init; }

    /// <summary>Whether each element of the first output is an element of the first input, or of any input (Concat).</summary>
    public bool MovesElements { get; init; }

    /// <summary>Whether an output of another type than the input's does not depend on the type that holds the input's numbers.</summary>
    public bool ReadsNumbers { get; init; }

    /// <summary>
    /// An input of integers whose type does not matter: it holds indices into a dimension, or none of its numbers is read. Null: none.
    /// </summary>
    public int? AnyWidthInput { get; init; }

    /// <summary>Finds the input that a node returns unchanged; null: it always changes it.</summary>
    public IdentityRule? Identity { get; init; }

    /// <summary>Whether it is a function of each element that follows a layer: layers of one input are fused together with it.</summary>
    public bool IsActivation { get; init; }

    /// <summary>
    /// The opsets after which a node must be written differently, in rising order. A change that is not listed only adds types,
    /// values, or attributes whose default has the old meaning; the schemas tell such changes.
    /// </summary>
    public ImmutableArray<OpsetChange> Opsets { get; init; } = [];

    /// <summary>
    /// How many outputs a node must have because of its attributes or inputs, although the schema calls some of them optional. Null: as
    /// the schema tells.
    /// </summary>
    public Func<Node, int>? FewestOutputs { get; init; }

    /// <summary>Whether a node draws random numbers, from a generator that its attribute <c>seed</c> starts; null: none does.</summary>
    public Predicate<Node>? IsRandom { get; init; }

    /// <summary>Expresses a node in other operators, for targets that lack this one; null: there is no such form here.</summary>
    public FunctionBody? Body { get; init; }

    /// <summary>
    /// How it computes in FP16 and BF16; null: nothing is known, so it stays in FP32. An operator that only moves elements needs no entry.
    /// </summary>
    public LowPrecision? LowPrecision { get; init; }

    /// <summary>Follows the rows of a batch through a node; null: rows may meet in it.</summary>
    public BatchRule? Rows { get; init; }

    /// <summary>Whether each element of the result comes from those at the same place of the inputs, which are broadcast.</summary>
    public bool IsElementwise => Sizes == (SizeRule)SizeRules.Elementwise;

    /// <summary>Whether <see cref="Rows"/> may compute with the size of the batch itself.</summary>
    public bool TakesSizes { get; init; }

    /// <summary>What ONNX Runtime's CUDA kernel needs of the host; null: it may wait for the device.</summary>
    public OrtCudaKernel? OrtCuda { get; init; }

    /// <summary>The primitives of MindSpore that MindSpore itself gives to TensorRT; null: none.</summary>
    public MindSporePrimitives? MindSpore { get; init; }
}
