using System.Runtime.InteropServices;

namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// A C++ object that we own. It ends by its deleting destructor, and only then lets go of the objects that it depends on: so a
/// context ends before its engine, the engine before its runtime and all before the callbacks that they may call, in whatever
/// order the program disposes or the garbage collector finalises them.
/// </summary>
internal sealed unsafe class NativeObject : SafeHandle
{
    /// <summary>Public classes of libnvinfer: slot 0 is the complete destructor, slot 1 the deleting one.</summary>
    private const int DeletingDestructor = 1;

    private readonly int _destructor;
    private readonly SafeHandle[] _dependencies;

    private NativeObject(Family family, nint pointer, int destructor, SafeHandle[] dependencies)
        : base(0, ownsHandle: true)
    {
        Family = family;
        _destructor = destructor;
        foreach (SafeHandle dependency in dependencies)
        {
            bool added = false;
            dependency.DangerousAddRef(ref added);
        }

        _dependencies = dependencies;
        SetHandle(pointer);
    }

    public Family Family { get; }

    public nint Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(IsClosed, this);
            return handle;
        }
    }

    public Target Target => new(Family, Pointer, this);

    public override bool IsInvalid => handle == 0;

    /// <summary>Takes an object of libnvinfer; the pointer must not be null.</summary>
    public static NativeObject Own(Family family, nint pointer, params SafeHandle[] dependencies) =>
        new(family, pointer, DeletingDestructor, dependencies);

    /// <summary>Takes an object of the parser library, whose destructor is <paramref name="destructor"/>.</summary>
    public static NativeObject Own(Family family, nint pointer, Member destructor, params SafeHandle[] dependencies) =>
        new(family, pointer, family.Slot(destructor), dependencies);

    protected override bool ReleaseHandle()
    {
        void* delete = (*(void***)handle)[_destructor];
        ((delegate* unmanaged<nint, void>)delete)(handle);
        foreach (SafeHandle dependency in _dependencies)
        {
            dependency.DangerousRelease();
        }

        return true;
    }
}
