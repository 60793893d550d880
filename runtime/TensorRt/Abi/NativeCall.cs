namespace GraphPartition.TensorRt.Abi;

/// <summary>A C++ object to call: its address, the layout of its class, and the owner that must stay alive during the call.</summary>
internal readonly unsafe ref struct NativeCall(AbiLayout layout, nint pointer, object owner)
{
    private readonly AbiLayout _layout = layout;
    private readonly object _owner = owner;

    /// <summary>The object whose address is passed as <c>this</c>.</summary>
    public nint This { get; } = pointer;

    public bool NarrowDims => _layout.NarrowDims;

    public static implicit operator NativeCall(NativeObject value) => value.Call;

    /// <summary>The object itself, for classes without a hidden implementation (those of the parser).</summary>
    public NativeCall Object() => this;

    /// <summary>
    /// The object behind the public one: every public class of libnvinfer is {virtual table at 0, implementation at 8}, and its
    /// inline members forward to the implementation (NvInferRuntimeBase.h, NvInferImpl.h).
    /// </summary>
    public NativeCall Implementation() => new(_layout, *(nint*)(This + sizeof(nint)), _owner);

    /// <summary>The function in the slot of <paramref name="member"/>.</summary>
    public void* Function(Member member) => (*(void***)This)[_layout.Slot(member)];

    /// <summary>Goes after a call: the garbage collector must not finalize the owner before this point.</summary>
    public void KeepAlive() => GC.KeepAlive(_owner);

    /// <summary>As <see cref="KeepAlive()"/>, around a call: arguments are computed first.</summary>
    /// <returns>The result of the call.</returns>
    public T KeepAlive<T>(T result)
        where T : unmanaged
    {
        GC.KeepAlive(_owner);
        return result;
    }
}
