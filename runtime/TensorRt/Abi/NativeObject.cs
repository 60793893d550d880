namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// A C++ object that we own. Its deleting destructor runs first, and only then are the objects released that it depends on. So a context
/// ends before its engine, the engine before its runtime, and all before the callbacks that they may call, in whatever order the program
/// disposes them or the garbage collector finalizes them.
/// </summary>
internal sealed unsafe class NativeObject : SafeHandle
{
    /// <summary>Public classes of libnvinfer: slot 0 is the complete destructor, slot 1 the deleting one.</summary>
    private const int DeletingDestructor = 1;

    private readonly int _destructor;
    private readonly SafeHandle[] _dependencies;

    private NativeObject(AbiLayout layout, nint pointer, int destructor, SafeHandle[] dependencies)
        : base(0, ownsHandle: true)
    {
        Layout = layout;
        _destructor = destructor;
        foreach (SafeHandle dependency in dependencies)
        {
            bool added = false;
            dependency.DangerousAddRef(ref added);
        }
        _dependencies = dependencies;
        SetHandle(pointer);
    }

    public AbiLayout Layout { get; }

    public nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    public NativeCall Call => new(Layout, Pointer, this);
    public override bool IsInvalid => handle == 0;

    /// <summary>Takes ownership of an object of libnvinfer. The pointer must not be null.</summary>
    public static NativeObject Own(AbiLayout layout, nint pointer, params SafeHandle[] dependencies) =>
        new(layout, pointer, DeletingDestructor, dependencies);

    /// <summary>Takes ownership of an object of the parser library, whose destructor is <paramref name="destructor"/>.</summary>
    public static NativeObject Own(AbiLayout layout, nint pointer, Member destructor, params SafeHandle[] dependencies) =>
        new(layout, pointer, layout.Slot(destructor), dependencies);

    protected override bool ReleaseHandle()
    {
        void* delete = (*(void***)handle)[_destructor];
        ((delegate* unmanaged<nint, void>)delete)(handle);
        foreach (SafeHandle dependency in _dependencies) dependency.DangerousRelease();
        return true;
    }
}
