namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// A cheap check, on the first object of each class, that the tables fit the library: every function that the binding may call is in
/// executable memory of the file that holds the object's virtual table, or of a file beside it. A slot past the end of a table, or a
/// table of another layout, would point to data, null or another library.
/// </summary>
internal sealed class SelfCheck
{
    private readonly Dictionary<string, string?> _results = [];
    private readonly Lock _lock = new();

    /// <summary>What is wrong with the objects of a class; null if nothing is. Only the first object of each class is examined.</summary>
    /// <param name="layout">The tables.</param>
    /// <param name="type">The class, as in the prefix of <see cref="Member"/>.</param>
    /// <param name="pointer">The object that TensorRT returned.</param>
    /// <param name="isHidden">Whether the members are those of the implementation behind the object (<see cref="NativeCall"/>).</param>
    public string? Look(AbiLayout layout, string type, nint pointer, bool isHidden)
    {
        lock (_lock)
        {
            if (!_results.TryGetValue(type, out string? fault))
                _results[type] = fault = Examine(layout, type, pointer, isHidden);
            return fault;
        }
    }

    /// <summary>If the tables are wrong, the pointer may be garbage. So nothing is read before the address is known to be memory.</summary>
    private static unsafe string? Examine(AbiLayout layout, string type, nint pointer, bool isHidden)
    {
        MemoryMap map = new();
        nint hidden = pointer + sizeof(nint);
        nint target = isHidden && map.IsPointerTo(hidden) ? *(nint*)hidden : pointer;
        nint table = map.IsPointerTo(target) ? *(nint*)target : 0;
        string file = map.FileAt(table);
        if (file.Length == 0) return $"what should be a {type} has no virtual table";
        string? folder = Path.GetDirectoryName(file);
        bool IsCalled(Member m) => m.ToString().StartsWith(type + "_", StringComparison.Ordinal) && layout.Has(m);
        foreach (Member member in Enum.GetValues<Member>().Where(IsCalled))
        {
            nint slot = table + layout.Slot(member) * sizeof(nint);
            nint function = map.IsPointerTo(slot) ? *(nint*)slot : 0;
            if (!map.IsCodeOf(folder, function))
                return $"slot {layout.Slot(member)} ({member}) holds {function:x}, which is not code of {file} or its neighbors";
        }
        return null;
    }
}
