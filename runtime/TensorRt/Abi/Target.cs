namespace GraphPartition.TensorRt.Abi;

/// <summary>What a call is made on: a C++ object, how to call it, and what keeps it alive meanwhile.</summary>
internal readonly unsafe ref struct Target
{
    private readonly Family _family;
    private readonly object _owner;

    /// <summary>An object that something else owns: a tensor of a network, an error of a parser.</summary>
    public Target(Family family, nint pointer, object owner)
    {
        _family = family;
        _owner = owner;
        This = pointer;
    }

    /// <summary>The object whose address is passed as <c>this</c>.</summary>
    public nint This { get; }

    public bool NarrowDims => _family.NarrowDims;

    public static implicit operator Target(NativeObject value) => value.Target;

    /// <summary>
    /// The object itself, for classes without a hidden implementation (the parser's).
    /// </summary>
    public Target Object() => this;

    /// <summary>
    /// The object behind the public one: every public class of libnvinfer is {virtual table at 0, implementation at 8}, and its
    /// inline members forward to the implementation (NvInferRuntimeBase.h, NvInferImpl.h).
    /// </summary>
    public Target Implementation() => new(_family, *(nint*)(This + sizeof(nint)), _owner);

    /// <summary>The function in the slot of <paramref name="member"/>.</summary>
    public void* Function(Member member) => (*(void***)This)[_family.Slot(member)];

    /// <summary>Placed after a call: until here the owner may not be finalised.</summary>
    public void KeepAlive() => GC.KeepAlive(_owner);
}
