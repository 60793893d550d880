namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// A C++ object of ours that TensorRT calls. Memory (Itanium C++ ABI 2.5.2 and 2.9.5):
/// <code>
/// object:  [address of slot 0] [GCHandle of the target] [name for getInterfaceInfo]
/// table:   [offset to top = 0] [type_info] [slot 0] [slot 1] ...
/// </code>
/// Spare slots after the last one do nothing and return 0, for members that a later release adds. The type_info makes typeid and
/// dynamic_cast on the object harmless. Both destructors do nothing, since this class frees the object. Functions never throw into C++:
/// nothing there could catch the exception, and the process would end.
/// </summary>
internal sealed unsafe class CallbackObject : SafeHandle
{
    private const int Header = 2;
    private const int Spare = 8;

    private readonly GCHandle _target;
    private readonly nint _table;
    private readonly nint _name;

    /// <param name="layout">The layout of the loaded release, which has the order of the interface's members.</param>
    /// <param name="type">The interface, for instance "ILogger".</param>
    /// <param name="target">The object that the functions work on; see <see cref="Target{T}"/>.</param>
    /// <param name="functions">A function for each member of the interface that this or another layout has.</param>
    public CallbackObject(AbiLayout layout, string type, object target, IReadOnlyDictionary<string, nint> functions)
        : base(0, ownsHandle: true)
    {
        string[] order = layout.CallbackOrder(type);
        if (order.Length == 0) throw new NotSupportedException($"{layout.Release} has no {type}");
        _target = GCHandle.Alloc(target);
        _name = Marshal.StringToCoTaskMemUTF8(type);
        _table = (nint)NativeMemory.Alloc((nuint)(Header + order.Length + Spare), (nuint)sizeof(nint));
        nint* table = (nint*)_table;
        table[0] = 0;
        table[1] = TypeInfo.Of(type, layout.MarksCallbacksVersioned && type != "ILogger");
        for (int i = 0; i < order.Length; i++)
            table[Header + i] = functions.TryGetValue(order[i], out nint function) ? function : Common[order[i]];
        new Span<nint>(table + Header + order.Length, Spare).Fill((nint)(delegate* unmanaged<nint, nint>)&Nothing);
        nint* self = (nint*)NativeMemory.Alloc(3, (nuint)sizeof(nint));
        self[0] = _table + Header * sizeof(nint);
        self[1] = GCHandle.ToIntPtr(_target);
        self[2] = _name;
        SetHandle((nint)self);
    }

    public nint Pointer => handle;
    public override bool IsInvalid => handle == 0;

    /// <summary>The target of an object that TensorRT calls.</summary>
    public static T Target<T>(nint self)
        where T : class => (T)GCHandle.FromIntPtr(((nint*)self)[1]).Target!;

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        NativeMemory.Free((void*)_table);
        Marshal.FreeCoTaskMem(_name);
        _target.Free();
        return true;
    }

    /// <summary>Members that every interface has from 10.0 on (IVersionedInterface), and the destructors.</summary>
    private static readonly Dictionary<string, nint> Common = new()
    {
        ["getAPILanguage"] = (nint)(delegate* unmanaged<nint, int>)&GetApiLanguage,
        ["getInterfaceInfo"] = (nint)(delegate* unmanaged<nint, InterfaceInfo>)&GetInterfaceInfo,
        ["~D1"] = (nint)(delegate* unmanaged<nint, void>)&Destroy,
        ["~D0"] = (nint)(delegate* unmanaged<nint, void>)&Destroy,
    };

    /// <summary>APILanguage::kCPP: the object behaves as one written in C++ does.</summary>
    [UnmanagedCallersOnly]
    private static int GetApiLanguage(nint self) => 0;

    [UnmanagedCallersOnly]
    private static InterfaceInfo GetInterfaceInfo(nint self) => new(((nint*)self)[2], 1, 0);

    [UnmanagedCallersOnly]
    private static void Destroy(nint self)
    {
    }

    [UnmanagedCallersOnly]
    private static nint Nothing(nint self) => 0;

    /// <summary>nvinfer1::InterfaceInfo: {char const* kind; int32 major; int32 minor}, 16 bytes, returned in two registers.</summary>
    private readonly record struct InterfaceInfo(nint Kind, int Major, int Minor);
}
