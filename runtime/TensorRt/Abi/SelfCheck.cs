namespace GraphPartition.TensorRt.Abi;

/// <summary>
/// Cheap proofs, on the first object of each class, that the tables fit the library: every function that would be called lies in
/// executable memory of the file that holds the object's virtual table, or of one beside it. A slot past a table's end, or a
/// table of another layout, meets data, a null or another library there.
/// </summary>
internal sealed class SelfCheck
{
    private readonly Dictionary<string, string?> _results = [];
    private readonly Lock _lock = new();

    /// <summary>What is wrong with the objects of a class, or null. Looks at the first one per library only.</summary>
    /// <param name="family">The tables.</param>
    /// <param name="type">The class, as in the prefix of <see cref="Member"/>.</param>
    /// <param name="pointer">The object that TensorRT gave us.</param>
    /// <param name="isHidden">Whether the members are those of the implementation behind the object (<see cref="Target"/>).</param>
    public string? Look(Family family, string type, nint pointer, bool isHidden)
    {
        lock (_lock)
        {
            if (!_results.TryGetValue(type, out string? fault))
            {
                _results[type] = fault = Examine(family, type, pointer, isHidden);
            }

            return fault;
        }
    }

    /// <summary>
    /// What a function returned that is not the one we meant may be no pointer at all: nothing is read before it is known to be
    /// memory.
    /// </summary>
    private static unsafe string? Examine(Family family, string type, nint pointer, bool isHidden)
    {
        MemoryMap map = new();
        nint hidden = pointer + sizeof(nint);
        nint target = isHidden && map.IsPointerTo(hidden) ? *(nint*)hidden : pointer;
        nint table = map.IsPointerTo(target) ? *(nint*)target : 0;
        string file = map.FileAt(table);
        if (file.Length == 0)
        {
            return $"what should be a {type} has no virtual table";
        }

        string? folder = Path.GetDirectoryName(file);
        bool IsCalled(Member m) => m.ToString().StartsWith(type + "_", StringComparison.Ordinal) && family.Has(m);
        foreach (Member member in Enum.GetValues<Member>().Where(IsCalled))
        {
            nint slot = table + family.Slot(member) * sizeof(nint);
            nint function = map.IsPointerTo(slot) ? *(nint*)slot : 0;
            if (!map.IsCodeOf(folder, function))
            {
                return $"slot {family.Slot(member)} ({member}) holds {function:x}, which is no code of {file} or its neighbours";
            }
        }

        return null;
    }
}
