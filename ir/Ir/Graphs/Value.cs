using GraphPartition.Ir.Tensors;

namespace GraphPartition.Ir.Graphs;

/// <summary>
/// One value of a graph: defined once, by a graph input, a constant or a node. Its identity is the object; it knows
/// neither its producer nor its users (see <see cref="GraphUses"/>), so that graphs can share it.
/// </summary>
/// <param name="name">The name in the file; may be empty.</param>
/// <param name="type">What is known of the type.</param>
/// <param name="data">The tensor of a constant; null for other values.</param>
/// <param name="elements">Known elements (<see cref="Elements"/>), or null.</param>
/// <param name="metadata">The metadata of the value, or null.</param>
public sealed class Value(
    string name, IrType type, TensorData? data = null, ImmutableArray<Dim>? elements = null, ValueMetadata? metadata = null)
{
    private static long _created;

    private ImmutableArray<Dim> _elements = elements ?? default; // default: not known

    /// <summary>
    /// The name in the file. It may be empty, and another value may have it too: <see cref="ValueNames"/> gives the name that a value has
    /// in a text or a file.
    /// </summary>
    public string Name { get; } = name;

    /// <summary>What is known of the type.</summary>
    public IrType Type { get; private set; } = type;

    /// <summary>The tensor of a constant, or null where the value is computed or an input.</summary>
    public TensorData? Data { get; } = data;

    /// <summary>Whether the value is a constant (an initializer).</summary>
    public bool IsConstant => Data is not null;

    /// <summary>
    /// The elements of a small tensor of whole numbers as far as shape arithmetic knows them, in row-major order; null where
    /// it does not. This is how Shape-Gather-Concat-Reshape chains resolve while the graph is built. Most have rank 0 or 1;
    /// floats that hold whole numbers and matrices of padding take part too. A negative one is a symbol named by its number.
    /// </summary>
    public ImmutableArray<Dim>? Elements => _elements.IsDefault ? null : _elements;

    /// <summary>
    /// Tells more of the type. Only for who just built the graph: afterwards values are shared and never change.
    /// </summary>
    internal void Refine(IrType type, ImmutableArray<Dim>? elements) => (Type, _elements) = (type, elements ?? default);

    /// <summary>The metadata of the value, or null.</summary>
    public ValueMetadata? Metadata { get; } = metadata;

    /// <summary>The type as a tensor, or null where it is not one.</summary>
    public TensorType? Tensor => Type as TensorType;

    /// <summary>The element type, or <see cref="ElementType.Undefined"/> where the value is not a tensor or not known.</summary>
    public ElementType ElementType => Tensor?.Element ?? ElementType.Undefined;

    /// <summary>The shape, or null where the value is not a tensor or its rank is not known.</summary>
    public Shape? Shape => Tensor?.Shape;

    /// <summary>
    /// The place in the order of creation, which no two values of a process share. Values are made in the order of their nodes,
    /// so neighbors in a graph are neighbors in tables by this number (<see cref="ValueSet"/>) and in hash tables too: at a
    /// million nodes a pass then runs from the cache.
    /// </summary>
    internal long Number { get; } = Interlocked.Increment(ref _created);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Number;

    /// <inheritdoc/>
    public override string ToString() => $"%{Name}:{Type}";
}
